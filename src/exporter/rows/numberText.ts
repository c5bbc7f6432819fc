import { Misfit, misfit } from './misfit.ts';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
const DOUBLE = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)$/i;

/** Every digit of an integer. @throws Misfit for what is none, or for a number that may have lost digits already */
export function integerText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw misfit(value, 'an integer');
    refuseUnsafe(value);
    return String(value);
  }
  if (typeof value !== 'string' || !INTEGER.test(value)) throw misfit(value, 'an integer');
  return canonical(value, '');
}

/** Every digit of a decimal number, also the zeros at its end. @throws Misfit as `integerText` */
export function decimalText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw misfit(value, 'a decimal number');
    if (Number.isInteger(value)) {
      refuseUnsafe(value);
      return String(value);
    }
    return plainNotation(value);
  }
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw misfit(value, 'a decimal number, like 1.10');
  const [whole = '', decimals] = value.split('.');
  return canonical(whole, decimals === undefined ? '' : `.${decimals}`);
}

/** A double from a number or its text, of which the nearest double is taken. @throws Misfit for what is none */
export function parseDouble(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    if (BigInt(Number(value)) !== value) throw new Misfit(`${value} has more digits than a double can hold.`);
    return Number(value);
  }
  if (typeof value !== 'string' || !DOUBLE.test(value)) throw misfit(value, 'a number');
  if (/^[+-]?[ni]/i.test(value)) {
    if (/nan$/i.test(value)) return Number.NaN;
    return value.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const double = Number(value);
  if (!Number.isFinite(double)) throw new Misfit(`${value} is too large for a double.`);
  return double;
}

/** The text of a double as the query engine writes it: `1.0`, `1e+16`, `1e-05`, `-0.0`, `NaN`. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  // Where both write it without an exponent, and most doubles are, JavaScript is faster.
  if (size >= 1e-4 && size < 1e16) return withPoint(String(value));
  const { sign, digits, exponent } = shortest(value);
  if (exponent < -4 || exponent >= 16) {
    const mantissa = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return sign + withPoint(plain(digits, exponent));
}

/** A number of which nothing is known but itself: an integer where it is one that is exact, else a double. */
export function numberText(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : doubleText(value);
}

function refuseUnsafe(value: number): void {
  if (Number.isSafeInteger(value)) return;
  throw new Misfit(`The number ${value} may have lost digits, as it is beyond 2^53: pass a bigint or text.`);
}

function plainNotation(value: number): string {
  const { sign, digits, exponent } = shortest(value);
  return sign + plain(digits, exponent);
}

function withPoint(text: string): string {
  return text.includes('.') ? text : `${text}.0`;
}

/** The digits without the point, and the power of ten of the first. */
function shortest(value: number): { sign: string; digits: string; exponent: number } {
  const [mantissa = '', exponent] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return { sign, digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Without a plus, without zeros in front, and without a minus where all is zero. */
function canonical(whole: string, decimals: string): string {
  const digits = whole.replace(/^[+-]?0*(?=\d)/, '').replace(/^[+-]$/, '');
  const text = `${digits === '' ? '0' : digits}${decimals}`;
  return whole.startsWith('-') && /[1-9]/.test(text) ? `-${text}` : text;
}
