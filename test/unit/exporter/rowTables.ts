// Tables of random values, each as a caller of ours would pass it and as SQL that makes the same value.
import fc, { type Arbitrary } from 'fast-check';
import type { ColumnType } from '../../../src/core/rows/rowColumns.ts';

/** One value in both worlds. */
export interface Cell {
  js: unknown;
  sql: string;
}

/** A kind of column: how its values are made, and the engine's type for them. */
export interface Kind {
  type?: ColumnType;
  sqlType: string;
  cell: Arbitrary<Cell>;
}

const DAY_MS = 86_400_000;
const AWKWARD = ['"', ',', ';', '|', '\n', '\r', '\t', '\\', "'", '-', '+', '=', '@', ' ', 'a', 'é', '日', '😀', '\0'];
const CONTROLS = Array.from({ length: 32 }, (_, i) => String.fromCharCode(i));

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...AWKWARD, ...CONTROLS, '\x7f', '\u2028', '\ufeff'), maxLength: 8 }),
  fc.constantFrom('', 'NULL', '\\N', 'true', '0', 'a.b', '(x)*', '1.5', 'null', '\\u001f', '\\\\u001f'),
);

const anyNumber = fc.oneof(
  fc.double(),
  fc.integer().map((n) => n / 1000),
  fc.integer({ min: -1074, max: 1023 }).map((n) => 2 ** n),
  fc.constantFrom(0, -0, 1e15, 1e16, 1e17, 1e-4, 1e-5, 5e-324, Number.MAX_VALUE, 123456789012345680000),
);

/** Milliseconds since 1970 that a `Date` can have and the engine's timestamps as well. */
const milliseconds = fc.oneof(
  fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
  fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
);

/** Text as SQL that does not depend on how literals are read. */
export function sqlText(value: string): string {
  return `decode(from_hex('${Buffer.from(value).toString('hex')}'))`;
}

function sqlBytes(bytes: Uint8Array): string {
  return `from_hex('${Buffer.from(bytes).toString('hex')}')`;
}

/** Microseconds since 1970, as text in ISO 8601 and as SQL. */
const instant = fc.tuple(milliseconds, fc.nat(999)).map(([ms, micros]) => {
  const date = new Date(ms);
  const iso = date.toISOString().slice(0, -1) + String(micros).padStart(3, '0');
  return { date, micros, iso, sql: `make_timestamp(${BigInt(ms) * 1000n + BigInt(micros)}::bigint)` };
});

const doubleSql = (n: number): string => `'${Object.is(n, -0) ? '-0.0' : n}'::double`;

const scalars: Kind[] = [
  { type: 'text', sqlType: 'varchar', cell: text.map((js) => ({ js, sql: sqlText(js) })) },
  {
    type: 'integer',
    sqlType: 'bignum',
    cell: fc.tuple(fc.oneof(fc.bigInt(), fc.maxSafeInteger().map(BigInt)), fc.nat(2)).map(([n, way]) => ({
      js: way === 0 && Number.isSafeInteger(Number(n)) ? Number(n) : way === 1 ? n : `${n}`,
      sql: `'${n}'`,
    })),
  },
  {
    type: 'decimal',
    sqlType: 'decimal(38,6)',
    cell: fc.tuple(fc.bigInt({ min: -(10n ** 31n), max: 10n ** 31n }), fc.nat(999_999)).map(([whole, decimals]) => {
      const js = `${whole}.${String(decimals).padStart(6, '0')}`;
      return { js, sql: `'${js}'` };
    }),
  },
  {
    type: 'decimal',
    sqlType: 'decimal(9,9)',
    cell: fc.tuple(fc.boolean(), fc.nat(999_999_999)).map(([minus, n]) => {
      const js = `${minus ? '-' : ''}.${String(n).padStart(9, '0')}`;
      return { js, sql: `'${js}'` };
    }),
  },
  {
    type: 'double',
    sqlType: 'double',
    cell: fc.tuple(anyNumber, fc.boolean()).map(([n, asText]) => ({
      js: asText ? (Object.is(n, -0) ? '-0' : String(n)) : n,
      sql: doubleSql(n),
    })),
  },
  {
    type: 'boolean',
    sqlType: 'boolean',
    cell: fc.tuple(fc.boolean(), fc.boolean()).map(([b, asText]) => ({ js: asText ? String(b) : b, sql: String(b) })),
  },
  {
    type: 'date',
    sqlType: 'date',
    cell: fc.tuple(milliseconds, fc.boolean()).map(([ms, asText]) => {
      const days = Math.trunc(ms / DAY_MS);
      const date = new Date(days * DAY_MS);
      return { js: asText ? date.toISOString().split('T')[0] : date, sql: `date '1970-01-01' + (${days})` };
    }),
  },
  {
    type: 'time',
    sqlType: 'time',
    cell: fc.nat(DAY_MS - 1).chain((ms) =>
      fc.nat(999).map((micros) => {
        const js = new Date(ms).toISOString().slice(11, -1) + String(micros).padStart(3, '0');
        return { js, sql: `time '${js}'` };
      }),
    ),
  },
  {
    type: 'timestamp',
    sqlType: 'timestamp',
    cell: fc.tuple(instant, fc.boolean()).map(([{ date, micros, iso, sql }, asText]) => ({
      js: asText || micros !== 0 ? iso : date,
      sql,
    })),
  },
  {
    type: 'timestamptz',
    sqlType: 'timestamptz',
    cell: fc.tuple(instant, fc.boolean(), fc.integer({ min: -840, max: 840 })).map(([value, asText, offset]) => {
      const { date, micros, sql } = value;
      const js = asText || micros !== 0 ? inZone(date, micros, offset) : date;
      return { js: js ?? `${value.iso}Z`, sql: `${sql} AT TIME ZONE 'UTC'` };
    }),
  },
  {
    type: 'blob',
    sqlType: 'blob',
    cell: fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.boolean()).map(([bytes, asText]) => ({
      js: asText ? Buffer.from(bytes).toString('base64') : bytes,
      sql: sqlBytes(bytes),
    })),
  },
  {
    type: 'json',
    sqlType: 'json',
    cell: fc.tuple(fc.jsonValue({ maxDepth: 2 }), fc.nat(2)).map(([value, indent]) => {
      const js = JSON.stringify(value, null, indent);
      return { js, sql: sqlText(js) };
    }),
  },
];

/** Values that are JSON in both formats, without a declared type. */
const nested: Kind = {
  sqlType: 'struct(a integer, "b""c" varchar, d double[], e timestamptz, f blob, g hugeint[])',
  cell: fc
    .record({
      a: fc.option(fc.integer()),
      b: fc.option(text),
      d: fc.array(fc.option(fc.double().filter((n) => !Number.isSafeInteger(n) || Object.is(n, -0))), { maxLength: 3 }),
      e: milliseconds.map((ms) => new Date(ms)),
      f: fc.uint8Array({ maxLength: 5 }),
      g: fc.array(fc.option(fc.bigInt({ min: -(2n ** 126n), max: 2n ** 126n })), { maxLength: 3 }),
    })
    .map(({ a, b, d, e, f, g }) => ({
      js: { a, 'b"c': b, d, e, f, g },
      sql:
        `{'a': ${a ?? 'null'}::integer, 'b"c': ${b === null ? 'null' : sqlText(b)}, ` +
        `'d': [${d.map((n) => (n === null ? 'null' : doubleSql(n))).join(',')}]::double[], ` +
        `'e': make_timestamp(${BigInt(e.getTime()) * 1000n}::bigint) AT TIME ZONE 'UTC', 'f': ${sqlBytes(f)}, ` +
        `'g': [${g.map((n) => n ?? 'null').join(', ')}]::hugeint[]}`,
    })),
};

/** Every kind of column there is. */
export const KINDS: readonly Kind[] = [...scalars, nested];

/** Rows with a cell of every kind, of which some are NULL. */
export function tables(kinds: readonly Kind[] = KINDS, rows = 40): Arbitrary<Cell[][]> {
  const row = fc.tuple(
    ...kinds.map(({ cell }) => fc.oneof({ arbitrary: cell, weight: 6 }, { arbitrary: fc.constant(NULL), weight: 1 })),
  );
  return fc.array(row, { minLength: 1, maxLength: rows });
}

const NULL: Cell = { js: null, sql: 'null' };

/** The query that gives a table. */
export function queryOf(rows: readonly Cell[][], names: readonly string[], kinds: readonly Kind[] = KINDS): string {
  const values = rows.map((row) => `(${row.map(({ sql }, i) => `CAST(${sql} AS ${kinds[i]!.sqlType})`).join(', ')})`);
  const list = names.map((name, i) => `c${i} AS "${name.replaceAll('"', '""')}"`).join(', ');
  return `SELECT ${list} FROM (VALUES ${values.join(',\n')}) AS v(${names.map((_, i) => `c${i}`).join(', ')})`;
}

/** A time as a clock elsewhere shows it; undefined where that is beyond what a `Date` can have. */
function inZone(date: Date, micros: number, offset: number): string | undefined {
  const local = new Date(date.getTime() + offset * 60_000);
  if (Number.isNaN(local.getTime())) return undefined;
  const zone = `${String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
  return `${local.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}${offset < 0 ? '-' : '+'}${zone}`;
}
