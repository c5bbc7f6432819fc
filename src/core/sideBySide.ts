/**
 * Does the same with each of many items, some of them side by side.
 * @param atOnce how many at once
 * @throws what `work` throws first; what is under way then goes on, and no more is begun by whoever failed
 */
export async function sideBySide<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
