// A small random generator, the same on every machine, and what contexts are made of.
"use strict";

/** Mulberry32. */
class Random {
  constructor(seed) {
    this.state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(count) {
    return this.next() % count;
  }

  percent(share) {
    return this.below(100) < share;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** From `least` to `most` made things. */
  some(least, most, make) {
    return Array.from({ length: least + this.below(most - least + 1) }, () => make(this));
  }
}

/** The scalars below a node, by the attribute that `named` says they are compared with. */
function vocabulary(node, named, into = {}, attribute = undefined) {
  if (Array.isArray(node)) {
    for (const item of node) vocabulary(item, named, into, attribute);
  } else if (node && typeof node === "object") {
    const own = named(node) ?? attribute;
    for (const [key, value] of Object.entries(node)) vocabulary(value, named, into, named(node, key) ?? own);
  } else if (attribute !== undefined && node !== null) {
    (into[attribute] ??= new Set()).add(node);
  }
  return into;
}

/** A value of an attribute: absent, one that it is compared with, one beside it, or another one. */
function value(random, known, other) {
  const all = [undefined, other, ...known];
  for (const one of known) {
    if (typeof one === "number") all.push(one + 1, one - 1);
    if (typeof one === "string") all.push(`${one}x`, `x${one}`, one.toLowerCase());
  }
  return random.pick(all);
}

module.exports = { Random, vocabulary, value };
