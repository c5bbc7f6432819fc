const MOST = 3;

/** Those of the names that a mistyped one may have meant, the likeliest first. */
export function nearMisses(name: string, names: readonly string[]): string[] {
  // The longer the name, the more may be wrong with it.
  const limit = Math.max(1, Math.min(3, Math.floor(name.length / 4)));
  return names
    .map((other) => ({ other, distance: distanceBetween(name, other) }))
    .filter(({ other, distance }) => distance > 0 && (distance <= limit || isPart(name, other)))
    .sort((a, b) => a.distance - b.distance || a.other.localeCompare(b.other))
    .slice(0, MOST)
    .map(({ other }) => other);
}

/** Whether one is the other without a word at its beginning or end: `data` of `acme-data`. */
function isPart(name: string, other: string): boolean {
  const [short, long] = name.length < other.length ? [name, other] : [other, name];
  return short.length >= 4 && (long.startsWith(`${short}-`) || long.endsWith(`-${short}`));
}

/** How many characters have to be put in, taken out, replaced, or swapped with their neighbour. */
function distanceBetween(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (older[j - 2] ?? Infinity) + 1);
      row.push(least);
    }
    older = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
