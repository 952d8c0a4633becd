// Random flags and what evaluators of vendors answer for them: `node main.js ENGINE FOLDER SIZE` writes one document per
// line, in the form that the Rust part beside this folder writes. The size is a number of flags, in documents of 25, or
// DOCUMENTSxFLAGS. Each vendor's flags are made in a file of its own.
"use strict";

const fs = require("fs");
const path = require("path");
const { Random } = require("./random.js");

/** How many flags stand in one document where nobody says, so that they can depend on each other. */
const FLAGS = 25;
/** How often the buckets are dealt anew: a context that is never in one by chance is in it with another salt. */
const SALTS = 5;
/** Contexts per flag and salt, until the flag has had two answers. */
const CONTEXTS = 50;

/** What was answered, by flag: each answer once, in a list; an empty list is the call's own fallback. */
class Answers {
  constructor() {
    this.byFlag = {};
  }

  add(flag, answer) {
    const text = JSON.stringify(answer === undefined ? [] : [answer]);
    const known = (this.byFlag[flag] ??= []);
    if (!known.includes(text)) known.push(text);
  }

  isOpen(flag) {
    return (this.byFlag[flag] ?? []).length < 2;
  }

  toJSON() {
    return Object.fromEntries(Object.entries(this.byFlag).map(([flag, all]) => [flag, all.map((text) => JSON.parse(text))]));
  }
}

function record(engine, seed, count) {
  const random = new Random(seed);
  // Some documents hold what vendors' own tools refuse to save: only that nothing wrong is concluded counts for them.
  const odd = random.percent(20);
  const document = engine.document(random, count, odd);
  const answers = Object.fromEntries(engine.projections.map((projection) => [projection, new Answers()]));
  let ask;
  let asked = 0;
  for (let salt = 0; salt < SALTS; salt++) {
    const dealt = salt === 0 ? document : engine.salted(document, `s${salt}`);
    if (salt === 0 || dealt !== document) ask = engine.evaluator(dealt);
    for (const flag of engine.flags(document)) {
      const contexts = engine.contexts(document, flag, random, CONTEXTS);
      for (const context of contexts) {
        if (engine.projections.every((projection) => !answers[projection].isOpen(flag))) break;
        asked++;
        for (const [projection, answer] of Object.entries(ask(flag, context))) answers[projection].add(flag, answer);
      }
    }
  }
  return { document, answers, asked, odd };
}

const [name, folder, size] = process.argv.slice(2);
const [documents, count] = size.includes("x") ? size.split("x").map(Number) : [Math.ceil(Number(size) / FLAGS), FLAGS];
if (!(documents >= 0 && count > 0)) throw new Error(`${size} is neither a number of flags nor DOCUMENTSxFLAGS`);
const engine = require(`./${name}.js`);

async function main() {
  const file = fs.openSync(path.join(folder, `${name}.jsonl`), "w");
  for (let seed = 0; seed < documents; seed++) {
    fs.writeSync(file, `${JSON.stringify(record(engine, seed, count))}\n`);
    // What evaluators do later would pile up else.
    await new Promise(setImmediate);
  }
  fs.closeSync(file);
}

main();
