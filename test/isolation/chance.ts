/** Pseudo-random choices that a seed repeats. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  whole(least: number, most: number): number;
  /** One of a list that has some. */
  of<T>(list: readonly T[]): T;
  /** Those of a list that were drawn, each with this probability. */
  some<T>(list: readonly T[], probability?: number): T[];
  chance(probability: number): boolean;
  uuid(): string;
  /** A text that is nowhere else. */
  word(): string;
}

/** mulberry32: small, and good enough to choose with. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const digits = (count: number, radix: number): string =>
    Array.from({ length: count }, () => Math.floor(next() * radix).toString(radix)).join('');
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    of: (list) => list[Math.floor(next() * list.length)] as (typeof list)[number],
    some: (list, probability = 0.5) => list.filter(() => next() < probability),
    chance: (probability) => next() < probability,
    uuid: () => `${digits(8, 16)}-${digits(4, 16)}-4${digits(3, 16)}-8${digits(3, 16)}-${digits(12, 16)}`,
    word: () => `zq${digits(10, 36)}`,
  };
}
