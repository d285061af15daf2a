import { toUnitVector } from './geodesy.ts';
import type { Place, UnitVector } from './geodesy.ts';

/**
 * Leaves out the places that matter least for the shape of a line until `most` are left: those with the smallest
 * triangle with their neighbours (M. Visvalingam and J. D. Whyatt, "Line generalisation by repeated elimination of
 * the smallest area", The Cartographic Journal 30, 1993). The triangles are spanned by unit vectors in space, so that
 * the antimeridian and the poles are places like any other; at the distances between reports that is the area on the
 * globe. O(n log n).
 *
 * @param line in its order.
 * @param most at least 2; the first and the last place stay.
 * @param mustStay further places that stay as long as there is room for all of them.
 */
export function thinTrack<T extends Place>(
  line: readonly T[],
  most: number,
  mustStay: (place: T, index: number) => boolean = () => false,
): T[] {
  if (line.length <= most) return [...line];
  const end = line.length - 1;
  const stays = line.map((place, index) => index === 0 || index === end || mustStay(place, index));
  const areRoomy = stays.filter(Boolean).length <= most;
  const isFixed = (index: number): boolean =>
    index === 0 || index === end || (areRoomy && stays[index] === true);

  const vectors = line.map(toUnitVector);
  const before = line.map((_, index) => index - 1);
  const after = line.map((_, index) => index + 1);
  const isGone = line.map(() => false);
  const areas: number[] = line.map(() => Infinity);
  const heap = new Heap();
  const weigh = (index: number, least: number): void => {
    if (isFixed(index)) return;
    // Never less than what has gone before: else a place that was kept for its shape goes right after its neighbour.
    areas[index] = Math.max(least, triangle(vectors, before[index] ?? 0, index, after[index] ?? 0));
    heap.push({ index, area: areas[index] });
  };
  for (let index = 1; index < end; index++) weigh(index, 0);

  let left = line.length;
  while (left > most) {
    const smallest = heap.pop();
    if (!smallest) break;
    const { index, area } = smallest;
    if (isGone[index] || areas[index] !== area) continue;
    isGone[index] = true;
    left--;
    const [previous = 0, next = end] = [before[index], after[index]];
    after[previous] = next;
    before[next] = previous;
    weigh(previous, area);
    weigh(next, area);
  }
  return line.filter((_, index) => !isGone[index]);
}

/** Twice the area of the plane triangle between three places. */
function triangle(vectors: readonly UnitVector[], one: number, two: number, three: number): number {
  const [a, b, c] = [vectors[one], vectors[two], vectors[three]];
  if (!a || !b || !c) return Infinity;
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
  return Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
}

interface Weighed {
  readonly index: number;
  readonly area: number;
}

/** A binary heap: the smallest area first. */
class Heap {
  readonly #items: Weighed[] = [];

  push(item: Weighed): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#area(parent) <= item.area) break;
      items[at] = items[parent] as Weighed;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Weighed | undefined {
    const items = this.#items;
    const top = items[0];
    const item = items.pop();
    if (item === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      const child = 2 * at + 1;
      const smaller = child + (this.#area(child + 1) < this.#area(child) ? 1 : 0);
      if (this.#area(smaller) >= item.area) break;
      items[at] = items[smaller] as Weighed;
      at = smaller;
    }
    items[at] = item;
    return top;
  }

  #area(at: number): number {
    return this.#items[at]?.area ?? Infinity;
  }
}
