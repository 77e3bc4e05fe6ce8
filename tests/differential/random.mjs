// A seeded source of choices: the same seed makes the same choices on every machine.

export class Random {
  #state;

  // The generator is mulberry32, whose whole state is one 32-bit number.
  constructor(...seeds) {
    this.#state = 0x9e3779b9;
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b) ^ (this.#state >>> 13);
      this.next();
    }
  }

  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability) { return this.next() < probability; }
  below(count) { return Math.floor(this.next() * count); }
  pick(list) { return list[this.below(list.length)]; }

  // From 1 to `most` of the list's members, in its order, without repetition.
  some(list, most = 2) {
    const wanted = Math.min(list.length, 1 + this.below(most));
    const chosen = new Set();
    while (chosen.size < wanted) chosen.add(this.below(list.length));
    return [...chosen].sort((a, b) => a - b).map((index) => list[index]);
  }

  // One member, mostly, else an array of several.
  oneOrSome(list) { return this.chance(0.6) ? this.pick(list) : this.some(list, 3); }
}
