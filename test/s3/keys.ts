/**
 * Orders keys as S3 does: by their UTF-8 bytes. JavaScript's own order differs where a key has characters beyond U+FFFF,
 * as surrogates sort before U+E000–U+FFFF there.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? (y >= 0xe000 ? 1 : x - y) : x >= 0xe000 ? -1 : x - y;
    return x - y;
  }
  return a.length - b.length;
}

/** The index of the first of sorted `keys` for which `reached` holds; `keys.length` if there is none. */
export function firstWhere(keys: readonly string[], reached: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(keys[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The keys of a bucket in S3's order. Changes are merged in when the list is next read, so that many puts stay cheap. */
export class SortedKeys {
  #sorted: string[] = [];
  #added = new Set<string>();
  #removed = new Set<string>();

  add(key: string): void {
    if (!this.#removed.delete(key)) this.#added.add(key);
  }

  /** Only for keys that are in the list. */
  remove(key: string): void {
    if (!this.#added.delete(key)) this.#removed.add(key);
  }

  /** The list, not to be changed; it is replaced when keys come or go. */
  read(): readonly string[] {
    if (this.#added.size === 0 && this.#removed.size === 0) return this.#sorted;
    const added = [...this.#added].sort(compareKeys);
    const merged: string[] = [];
    let next = 0;
    for (const key of this.#sorted) {
      if (this.#removed.has(key)) continue;
      while (next < added.length && compareKeys(added[next]!, key) < 0) merged.push(added[next++]!);
      merged.push(key);
    }
    while (next < added.length) merged.push(added[next++]!);
    this.#added.clear();
    this.#removed.clear();
    return (this.#sorted = merged);
  }
}
