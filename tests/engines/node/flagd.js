// flagd, with the evaluator of its in-process providers.
"use strict";

const { FlagdCore } = require("@openfeature/flagd-core");
const { vocabulary, value } = require("./random.js");

const VARIANTS = [
  { on: true, off: false },
  { on: true, also: true, off: false },
  { a: "x", b: "y", c: "x" },
  { small: 1, large: 2.5 },
  { one: { a: 1, b: 2 }, two: { b: 2, a: 1 }, three: [] },
];
const ATTRIBUTES = ["country", "plan", "email"];
const silent = { error() {}, warn() {}, info() {}, debug() {} };

function condition(random, odd, depth = 0) {
  const attribute = { var: random.pick(ATTRIBUTES) };
  const text = random.pick(["DE", "pro", "a@x.com"]);
  switch (random.below(odd ? 14 : 11)) {
    case 0:
      return random.pick([true, false]);
    case 1:
    case 2:
      return { "==": [attribute, text] };
    case 3:
      return { "!=": [attribute, text] };
    case 4:
      return { in: [attribute, random.some(0, 2, () => random.pick(["DE", "US", "pro"]))] };
    case 5:
      return { starts_with: [attribute, text] };
    case 6:
      return { ends_with: [attribute, text] };
    case 7:
      return depth > 2 ? true : { "!": [condition(random, odd, depth + 1)] };
    case 8:
      return depth > 2 ? true : { and: random.some(1, 2, () => condition(random, odd, depth + 1)) };
    case 9:
      return depth > 2 ? false : { or: random.some(1, 2, () => condition(random, odd, depth + 1)) };
    case 10:
      return { $ref: random.pick(["staff", "german"]) };
    case 11:
      return { sem_ver: [attribute, ">", "1.2.3"] };
    case 12:
      return { ">": [{ var: "$flagd.timestamp" }, 5] };
    default:
      return { wink: [attribute] };
  }
}

function fractional(random, names, odd) {
  const bucket = () => {
    const name = random.pick(names);
    if (odd && random.percent(10)) return [name];
    return [name, random.pick(odd ? [0, 1, 50, -1] : [0, 50, 100])];
  };
  const buckets = random.some(1, 3, bucket);
  // Engines disagree where no bucket weighs anything.
  if (!odd && buckets.every(([, weight]) => weight === 0)) buckets[0][1] = 100;
  if (random.percent(30)) buckets.unshift({ var: random.pick(["email", "company"]) });
  else if (random.percent(20)) buckets.unshift({ cat: [{ var: "$flagd.flagKey" }, { var: "email" }] });
  return { fractional: buckets };
}

function branch(random, names, odd, depth = 0) {
  switch (random.below(depth > 2 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return odd && random.percent(30) ? random.pick(["gone", true, 7]) : random.pick(names);
    case 2:
    case 3:
      return random.pick(names);
    case 4:
      return fractional(random, names, odd);
    default: {
      const parts = [];
      for (const one of random.some(1, 2, () => condition(random, odd))) parts.push(one, branch(random, names, odd, depth + 1));
      if (random.percent(75)) parts.push(branch(random, names, odd, depth + 1));
      return { if: parts };
    }
  }
}

function flag(random, odd) {
  const variants = random.pick(VARIANTS);
  const names = Object.keys(variants);
  const one = { state: random.percent(90) ? "ENABLED" : "DISABLED", variants };
  if (random.percent(85)) one.defaultVariant = random.pick(names);
  if (random.percent(75)) {
    const targeting = branch(random, names, odd);
    one.targeting = targeting && typeof targeting === "object" ? targeting : { if: [condition(random, odd), targeting] };
  }
  return one;
}

module.exports = {
  projections: ["value"],

  document(random, count, odd) {
    const flags = {};
    for (let number = 0; number < count; number++) flags[`f${number}`] = flag(random, odd);
    const $evaluators = {
      staff: { ends_with: [{ var: "email" }, "@x.com"] },
      german: { "==": [{ var: "country" }, "DE"] },
    };
    return { flags, $evaluators };
  },

  flags: (document) => Object.keys(document.flags),

  // Buckets depend on the flag's key and the user's; the latter is drawn.
  salted: (document) => document,

  evaluator(document) {
    const core = new FlagdCore(undefined, silent);
    core.setConfigurations(JSON.stringify(document));
    return (key, context) => {
      const flag = core.getFlag(key);
      if (flag === undefined) return { value: undefined };
      const result = flag.evaluate(context, silent);
      return { value: result.reason === "ERROR" || flag.state === "DISABLED" ? undefined : result.value };
    };
  },

  contexts(document, key, random, count) {
    const text = JSON.stringify(document.flags[key]);
    const words = [...new Set(text.match(/"(DE|US|pro|a@x\.com)"/g) ?? [])].map((word) => JSON.parse(word));
    if (text.includes("$ref")) words.push("DE", "@x.com");
    const contexts = [{}, { targetingKey: "u1" }, { targetingKey: "u1", email: "b@x.com", company: "c" }];
    while (contexts.length < count) {
      const context = {};
      for (const attribute of [...ATTRIBUTES, "company"]) {
        const one = value(random, words, `other${random.below(1000)}`);
        if (one !== undefined) context[attribute] = one;
      }
      if (random.percent(80)) context.targetingKey = `u${random.below(100000)}`;
      contexts.push(context);
    }
    return contexts;
  },
};
