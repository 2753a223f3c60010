/** Lists that mostly have one item: branches of a packet's way, of which few fork. */

/** As flatMap, which costs more than what most steps do; the result for a single item is passed on as it is. */
export function flatMapOne<Item, Result>(
  items: readonly Item[],
  next: (item: Item) => readonly Result[],
): readonly Result[] {
  return items.length === 1 ? next(items[0] as Item) : items.flatMap(next);
}
