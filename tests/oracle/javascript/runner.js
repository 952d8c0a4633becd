// Runs generated programs and prints what each of them does, one JSON value per line.
//
// Reads a JSON list of {"flags": {...}, "texts": [...]}; prints for each a list with one observation per text. Owns the
// stub SDK and the helpers that programs call; judges nothing.
"use strict";

const fs = require("fs");
const vm = require("vm");

/** Runs inside each program's context, so that its promises are settled with the program's. */
function prelude(flags) {
  "use strict";
  const most = 400;
  // A function that is made a text shows its source, which a fix is there to change.
  Function.prototype.toString = () => "function";
  const entries = [];
  const queue = [];
  let steps = 0;

  class Boom extends Error {
    constructor(number) {
      super(`boom ${number}`);
      this.number = number;
    }
  }

  class StepLimit extends Error {}

  function count(weight) {
    steps += weight;
    // What catches it cannot go on: every call with an effect fails from here on.
    if (steps > most) {
      if (entries.at(-1) !== "StepLimit") entries.push("StepLimit");
      throw new StepLimit();
    }
  }

  function note(entry) {
    count(1);
    entries.push(String(entry));
  }

  function shown(value, depth = 0) {
    if (value === null || value === undefined || typeof value === "boolean") return String(value);
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
    if (typeof value === "string") return JSON.stringify(value).slice(0, 200);
    if (typeof value === "bigint" || typeof value === "symbol") return typeof value;
    if (depth > 4) return "...";
    if (typeof value === "function") return "function";
    if (Array.isArray(value)) return "[" + Array.from(value, (item) => shown(item, depth + 1)).join(", ") + "]";
    if (value instanceof Boom) return `Boom ${value.number}`;
    if (value instanceof Error) return value.name;
    if (typeof value.then === "function") return "promise";
    const names = Object.keys(value);
    return "{" + names.map((name) => `${name}: ${shown(value[name], depth + 1)}`).join(", ") + "}";
  }

  const client = {
    isEnabled: (key) => Boolean(flags[key]),
    isDisabled: (key) => !flags[key],
    getString: (key) => String(flags[key]),
    getNumber: (key) => Number(flags[key]),
    variation: (key) => flags[key],
    isEnabledAsync: async (key) => Boolean(flags[key]),
    useFlags: () => ({ ...flags }),
  };

  function log(number, value) {
    note(number);
    return value;
  }

  async function alog(number, value) {
    return log(number, value);
  }

  function show(value) {
    note("show " + shown(value));
    return value;
  }

  function thing(number) {
    return {
      k: number,
      none: null,
      get() {
        return this === undefined ? "no this" : this.k;
      },
      get seen() {
        return log(number, this.k);
      },
    };
  }

  function items(result) {
    note("generator");
    let left = 20;
    for (const item of result) {
      note("item " + shown(item));
      if (--left === 0) break;
    }
  }

  async function drain(result) {
    note("async generator");
    let left = 20;
    for await (const item of result) {
      note("item " + shown(item));
      if (--left === 0) break;
    }
  }

  function run(callee, ...values) {
    try {
      const result = callee(...values);
      if (result && typeof result.next === "function" && result[Symbol.iterator]) items(result);
      else note("result " + shown(result));
    } catch (error) {
      note("raised " + shown(error));
    }
  }

  async function arun(callee, ...values) {
    try {
      const result = callee(...values);
      if (result && result[Symbol.asyncIterator]) await drain(result);
      else note("result " + shown(await result));
    } catch (error) {
      note("raised " + shown(error));
    }
  }

  /** What an expression calls and yields, for all values of a call and of a name. */
  function table(callee) {
    const rows = [];
    for (const left of [true, false, 0, "x", null]) {
      for (const right of [true, false, 0, "x", null]) {
        const calls = [];
        const call = () => {
          calls.push("a()");
          return left;
        };
        const value = callee(call, right);
        rows.push(`${shown(left)} ${shown(right)}: ${calls.join(" ")} ${shown(value)}`);
      }
    }
    entries.push("table " + rows.join("; "));
  }

  /** What is asynchronous at the top of a program runs behind it, one after the other. */
  function later(...call) {
    queue.push(call);
  }

  const helpers = { client, log, alog, show, thing, run, arun, later, table, tick: () => count(5), Boom, Box: class Box {} };
  async function finish() {
    for (const call of queue) {
      try {
        await arun(...call);
      } catch (error) {
        if (!(error instanceof StepLimit)) throw error;
      }
    }
  }
  return { helpers, entries, shown, finish };
}

// What nobody waits for may fail.
process.on("unhandledRejection", () => {});

const PRELUDE = new vm.Script(`(${prelude})`);

/** A module as a function: the generator's imports and exports stand at the start of their line. */
function wrapped(text) {
  const isModule = /^(import|export) /m.test(text);
  if (!isModule && !text.includes("require(")) return text;
  const exported = [];
  const body = text
    .replace(/^import (\{[^}]*\}) from (".*?");?/gm, (_, names, from) => {
      return `const ${names.replace(/ as /g, ": ")} = require(${from});`;
    })
    .replace(/^import ".*";?/gm, "")
    .replace(/^export ((?:async )?function\*?|class|const|let) (\w+)/gm, (_, word, name) => {
      exported.push(name);
      return `${word} ${name}`;
    });
  const tail = exported.map((name) => `exports.${name} = ${name};`).join(" ");
  return `(function (require, module, exports) {${isModule ? '"use strict";' : ""}${body}\n${tail}})`;
}

function observe(text, flags) {
  const names = {};
  const context = vm.createContext(names, { microtaskMode: "afterEvaluate" });
  const { helpers, entries, shown, finish } = PRELUDE.runInContext(context)(flags);
  const given = new Set([...Object.keys(helpers), "__finish"]);
  // By the clock, which is all there is: long, since on a busy machine a short program can take seconds.
  const limit = { timeout: 10_000 };
  Object.assign(names, { __finish: finish });
  let outcome = "ended";
  let left = names;
  let source = wrapped(text);
  if (source === text) {
    Object.assign(names, helpers);
  } else {
    left = {};
    Object.assign(names, { __require: () => helpers, __module: { exports: left } });
    given.add("__require").add("__module");
    source += "(__require, __module, __module.exports)";
  }
  let script;
  try {
    script = new vm.Script(source);
  } catch (error) {
    return { syntax: String(error) };
  }
  try {
    script.runInContext(context, limit);
    vm.runInContext("__finish()", context, limit);
  } catch (error) {
    if (error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return { timeout: true };
    outcome = shown(error);
    try {
      vm.runInContext("__finish()", context, limit);
    } catch {
      return { timeout: true };
    }
  }
  const bound = {};
  for (const name of Object.keys(left).sort()) {
    if (!given.has(name)) bound[name] = shown(left[name]);
  }
  return { log: entries.slice(), outcome, names: bound };
}

for (const program of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
  const seen = new Map();
  for (const text of program.texts) {
    if (!seen.has(text)) seen.set(text, observe(text, program.flags));
  }
  fs.writeSync(1, JSON.stringify(program.texts.map((text) => seen.get(text))) + "\n");
}
