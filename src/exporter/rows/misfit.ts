/** A value that does not fit its column. The message is a sentence that says why. */
export class Misfit extends Error {}

const SHOWN_CHARACTERS = 40;

/** A misfit for a value that is not what its column holds. @param expected as in `a date, like 2026-11-22` */
export function misfit(value: unknown, expected: string): Misfit {
  return new Misfit(`${shown(value)} is not ${expected}.`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > SHOWN_CHARACTERS ? `“${value.slice(0, SHOWN_CHARACTERS)}…”` : `“${value}”`;
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return `The ${typeof value} ${value}`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'An invalid Date' : value.toISOString();
  if (value instanceof Uint8Array) return 'A Uint8Array';
  return Array.isArray(value) ? 'An array' : 'An object';
}
