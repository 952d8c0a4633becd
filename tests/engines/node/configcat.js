// ConfigCat, with the evaluator that its JavaScript SDKs share.
"use strict";

const { Config } = require("configcat-common/lib/ProjectConfig.js");
const { RolloutEvaluator, evaluate } = require("configcat-common/lib/RolloutEvaluator.js");
const { LoggerWrapper } = require("configcat-common/lib/ConfigCatLogger.js");
const { value } = require("./random.js");

const KINDS = [
  { t: 0, values: [{ b: true }, { b: false }] },
  { t: 1, values: [{ s: "a" }, { s: "b" }] },
  { t: 2, values: [{ i: 1 }, { i: 2 }] },
  { t: 3, values: [{ d: 1.5 }, { d: 2 }] },
];
const ATTRIBUTES = ["Country", "Email", "Plan"];
const WORDS = ["DE", "pro", "a@x.com"];
const logger = new LoggerWrapper({ level: -1, log() {} });

/** A condition on a user, with the operand that its comparator takes. */
function user(random, odd) {
  const a = random.pick(["Identifier", ...ATTRIBUTES]);
  const list = () => random.some(1, 2, () => random.pick(WORDS));
  switch (random.below(odd ? 7 : 5)) {
    case 0:
    case 1:
      return { u: { a, c: random.pick([0, 1, 2, 3]), l: list() } };
    case 2:
      return { u: { a, c: random.pick([4, 5]), l: ["1.2.3"] } };
    case 3:
      return { u: { a, c: random.pick([10, 11, 12, 13, 14, 15]), d: 5 } };
    case 4:
      return { u: { a, c: random.pick([28, 29]), s: random.pick(WORDS) } };
    case 5:
      return { u: { a, c: 77, s: "x" } };
    default:
      return { u: { a, c: 2 } };
  }
}

function condition(random, document, count, number, odd) {
  const kind = random.below(8);
  // Flags that come before, so that no circle is made; which some are meant to be.
  if (kind === 0 && (number > 0 || odd)) {
    const parent = odd ? random.below(count + 1) : random.below(number);
    const setting = document.f[`f${parent}`] ?? { t: 0 };
    const values = KINDS[setting.t].values;
    return { p: { f: `f${parent}`, c: random.below(2), v: random.pick(values) } };
  }
  if (kind === 1) return { s: { s: odd ? random.below(3) : random.below(2), c: random.below(2) } };
  return user(random, odd);
}

function options(random, values, odd) {
  if (odd && random.percent(15)) return [{ p: 50, v: random.pick(values), i: "1" }];
  const shares = random.pick([[100], [50, 50], [0, 100], [20, 80], [30, 30, 40]]);
  return shares.map((p) => ({ p, v: random.pick(values), i: "1" }));
}

function setting(random, document, count, number, odd) {
  const { t, values } = random.pick(KINDS);
  const one = { t, v: random.pick(values), i: "1" };
  if (random.percent(30)) one.a = random.pick(["Identifier", "Country"]);
  if (random.percent(60)) {
    one.r = random.some(0, 2, () => {
      const rule = { c: random.some(odd ? 0 : 1, 2, () => condition(random, document, count, number, odd)) };
      if (random.percent(70)) rule.s = { v: random.pick(values), i: "2" };
      else rule.p = options(random, values, odd);
      return rule;
    });
  }
  if (random.percent(30)) one.p = options(random, values, odd);
  return one;
}

module.exports = {
  projections: ["value"],

  document(random, count, odd) {
    const segment = (name) => ({ n: name, r: random.some(1, 2, () => user(random, odd).u) });
    const document = { p: { u: "", r: 0, s: "s0" }, s: [segment("one"), segment("two")], f: {} };
    for (let number = 0; number < count; number++) {
      document.f[`f${number}`] = setting(random, document, count, number, odd);
    }
    return document;
  },

  flags: (document) => Object.keys(document.f),

  salted: (document, salt) => ({ ...document, p: { ...document.p, s: salt } }),

  evaluator(document) {
    const { settings } = new Config(JSON.parse(JSON.stringify(document)));
    const evaluator = new RolloutEvaluator(logger);
    return (key, user) => {
      try {
        return { value: evaluate(evaluator, settings, key, undefined, user, null, logger).value };
      } catch {
        return { value: undefined };
      }
    };
  },

  contexts(document, key, random, count) {
    const words = [...WORDS, "1.2.3", "1.2.4", 5];
    const contexts = [undefined, { identifier: "u1" }, { identifier: "DE", email: "pro", country: "DE" }];
    while (contexts.length < count) {
      const user = { identifier: String(value(random, words, `u${random.below(100000)}`) ?? ""), custom: {} };
      const [country, email, plan] = ATTRIBUTES.map(() => value(random, words, `other${random.below(1000)}`));
      if (country !== undefined) user.country = String(country);
      if (email !== undefined) user.email = String(email);
      if (plan !== undefined) user.custom.Plan = plan;
      contexts.push(user);
    }
    return contexts;
  },
};
