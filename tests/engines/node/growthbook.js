// GrowthBook, with the evaluator of its JavaScript SDK.
"use strict";

const { GrowthBook } = require("@growthbook/growthbook");
const { value } = require("./random.js");

// It tells of every operator that it does not know.
console.error = () => {};

const VALUES = [
  [true, false],
  ["a", "b"],
  [1, 2.5, 0],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
];
const ATTRIBUTES = ["country", "plan"];
const WORDS = ["DE", "US", "pro"];

function condition(random, odd) {
  const attribute = random.pick(ATTRIBUTES);
  const word = random.pick(WORDS);
  switch (random.below(odd ? 8 : 6)) {
    case 0:
      return {};
    case 1:
    case 2:
      return { [attribute]: word };
    case 3:
      return { [attribute]: { $ne: word } };
    case 4:
      return { [attribute]: { $in: random.some(1, 2, () => random.pick(WORDS)) } };
    case 5:
      return { $or: [{ [attribute]: word }, { plan: "pro" }] };
    case 6:
      return { [attribute]: { $wink: word } };
    default:
      return { [attribute]: { $in: [] } };
  }
}

function rule(random, values, count, odd) {
  const one = { id: "r" };
  if (random.percent(50)) one.condition = condition(random, odd);
  if (random.percent(25)) {
    const wanted = random.pick([true, false, "a"]);
    one.parentConditions = [{ id: `f${random.below(count + (odd ? 2 : 0))}`, condition: { value: wanted } }];
    if (random.percent(60)) one.parentConditions[0].gate = true;
  }
  if (random.percent(50)) {
    one.hashAttribute = random.pick(["id", "company"]);
  }
  one.seed = "s0";
  switch (random.below(6)) {
    case 0:
    case 1:
    case 2:
      one.force = random.pick(values);
      break;
    case 3:
    case 4:
      one.force = random.pick(values);
      one.coverage = random.pick([0, 0.5, 1, 1]);
      break;
    default:
      one.variations = random.some(2, 3, () => random.pick(values));
      one.key = "experiment";
      if (random.percent(50)) one.coverage = random.pick([0, 0.5, 1]);
      if (odd && random.percent(30)) one.weights = one.variations.map((_, index) => (index === 0 ? 1 : 0));
      if (odd && random.percent(20)) one.namespace = ["n", 0, 0.5];
      if (odd && random.percent(20)) one.hashVersion = random.pick([1, 2, 3]);
  }
  return one;
}

module.exports = {
  projections: ["enabled", "value"],

  document(random, count, odd) {
    const features = {};
    for (let number = 0; number < count; number++) {
      const values = random.pick(VALUES);
      const feature = { own: values };
      if (random.percent(90)) feature.defaultValue = random.percent(5) ? null : random.pick(values);
      if (random.percent(75)) feature.rules = random.some(0, 3, () => rule(random, values, count, odd));
      features[`f${number}`] = feature;
    }
    for (const feature of Object.values(features)) {
      for (const one of odd ? [] : feature.rules ?? []) {
        const [parent] = one.parentConditions ?? [];
        const served = parent && features[parent.id].own.find((value) => typeof value !== "object" && typeof value !== "number");
        // SDKs compare values of different types differently.
        if (served === undefined) delete one.parentConditions;
        else parent.condition.value = served;
      }
    }
    for (const feature of Object.values(features)) delete feature.own;
    return { status: 200, features };
  },

  flags: (document) => Object.keys(document.features),

  salted: (document, salt) => JSON.parse(JSON.stringify(document).replaceAll('"seed":"s0"', `"seed":"${salt}"`)),

  evaluator(document) {
    const sdk = new GrowthBook({ features: document.features, trackingCallback() {} });
    return (key, context) => {
      sdk.setAttributes(context);
      const result = sdk.evalFeature(key);
      return { enabled: result.on, value: result.value === null ? undefined : result.value };
    };
  },

  contexts(document, key, random, count) {
    const contexts = [{}, { id: "u1" }, { id: "u1", company: "c1" }];
    while (contexts.length < count) {
      const context = {};
      for (const attribute of ATTRIBUTES) {
        const one = value(random, WORDS, "other");
        if (one !== undefined) context[attribute] = one;
      }
      if (random.percent(80)) context.id = `u${random.below(100000)}`;
      if (random.percent(60)) context.company = `c${random.below(100000)}`;
      contexts.push(context);
    }
    return contexts;
  },
};
