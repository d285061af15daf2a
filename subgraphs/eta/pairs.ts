/** Each two neighbours of a list, in order; none for a list of fewer than two. */
export function pairs<Item>(items: readonly Item[]): [previous: Item, next: Item][] {
  return items.slice(1).map((next, index) => [items[index] as Item, next]);
}
