import type { DuckDBType } from '@duckdb/node-api';
import type { FileFormat } from '../../core/destination/fileFormat.ts';
import { DEFAULT_TEXT_OPTIONS, type JsonlOptions, type TextOptions } from '../../core/sync/textOptions.ts';
import { csvLine } from './csvLine.ts';
import { sqlString } from './sqlText.ts';
import { strictJson } from './strictJson.ts';

/** The engine's type ids, by name; its own enum would be loaded with the native binding. */
const T = {
  boolean: 1,
  bigint: 5,
  ubigint: 9,
  float: 10,
  double: 11,
  timestamp: 12,
  date: 13,
  time: 14,
  interval: 15,
  hugeint: 16,
  varchar: 17,
  blob: 18,
  decimal: 19,
  timestampSeconds: 20,
  timestampMilliseconds: 21,
  timestampNanoseconds: 22,
  list: 24,
  struct: 25,
  map: 26,
  union: 28,
  timeTz: 30,
  timestampTz: 31,
  uhugeint: 32,
  array: 33,
  bignum: 35,
  variant: 41,
} as const;

const INTEGERS: ReadonlySet<number> = new Set([2, 3, 4, T.bigint, 6, 7, 8, T.ubigint, T.hugeint, T.uhugeint, T.bignum]);

/** Numbers that readers with nothing but doubles would round. */
const BIG_NUMBERS: ReadonlySet<number> = new Set([T.bigint, T.ubigint, T.hugeint, T.uhugeint, T.bignum, T.decimal]);

/** Types whose text is made of letters, digits and `+ - . :`. */
const PLAIN: ReadonlySet<number> = new Set([
  ...INTEGERS,
  T.boolean,
  T.decimal,
  T.float,
  T.double,
  T.date,
  T.time,
  T.timestamp,
  T.timestampSeconds,
  T.timestampMilliseconds,
  T.timestampNanoseconds,
  T.timestampTz,
  T.timeTz,
]);

/** Powers of two that the engine's cast to text writes as twice as much, or as no number at all: 2^81, 2^91, 2^807; in order. */
const MISWRITTEN = ['2.4178516392292583e+24', '2.4758800785707605e+27', '8.535058474086213e+242'];

/** A column of a query's result: its name as the user wrote it, and its type. */
export interface ProjectedColumn {
  name: string;
  type: DuckDBType;
}

/**
 * Makes the query whose rows are the lines of the file, each one column of text. The text is that of the contract for
 * values; all that differs from what the engine would write by itself is spelled out here.
 * @param query the user's statement, without a semicolon
 * @param beside what else is to stand beside the line, as SQL over `c0`, `c1` …
 */
export function projectionSql(
  query: string,
  columns: readonly ProjectedColumn[],
  format: FileFormat,
  options: TextOptions = DEFAULT_TEXT_OPTIONS,
  beside: readonly string[] = [],
): string {
  const names = columns.map((_, i) => `c${i}`);
  // The line break ends a comment that the user's statement may end with.
  const source = `(${query}\n) AS q(${names.join(', ')})`;
  if (format === 'jsonl') return `SELECT ${[jsonLine(columns, options.jsonl), ...beside].join(', ')} FROM ${source}`;
  // The texts are made first, as a line looks at each of them several times.
  const texts = columns.map(({ type }, i) => `${csvText(type, `c${i}`)} AS t${i}`);
  const values = columns.map(({ type }, i) => ({ text: `t${i}`, plain: PLAIN.has(type.typeId) }));
  const inner = [...texts, ...beside.map((expression, i) => `${expression} AS b${i}`)];
  const outer = [csvLine(values, options.csv), ...beside.map((_, i) => `b${i}`)];
  return `SELECT ${outer.join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${source})`;
}

/** The values of some columns as a JSON array, as SQL over `c0`, `c1` …; independent of how files are written. */
export function jsonArray(columns: readonly ProjectedColumn[], indexes: readonly number[]): string {
  const values = indexes.map((index, i) => {
    const column = columns[index];
    if (column === undefined) throw new Error(`There is no column ${index}.`);
    return `${i === 0 ? '' : `',', `}${jsonValue(column.type, `c${index}`)}`;
  });
  return `concat('[', ${values.join(', ')}, ']')`;
}

function jsonLine(columns: readonly ProjectedColumn[], { bigNumbersAsStrings }: JsonlOptions): string {
  const pairs = columns.map(({ name, type }, i) => {
    const key = sqlString(`${i === 0 ? '' : ','}${JSON.stringify(name)}:`);
    return `${key}, ${jsonValue(type, `c${i}`, { depth: 0, quoted: bigNumbersAsStrings })}`;
  });
  return `concat('{', ${pairs.join(', ')}, '}')`;
}

/** A value as CSV text before it is quoted, NULL for NULL. */
function csvText(type: DuckDBType, x: string): string {
  if (isJson(type)) return strictJson(`CAST(${x} AS VARCHAR)`);
  return isNested(type) ? ifNotNull(x, jsonValue(type, x)) : (plainText(type, x) ?? `CAST(${x} AS VARCHAR)`);
}

/** A value's canonical text where it differs from the engine's cast to text; NULL for NULL. */
function plainText(type: DuckDBType, x: string): string | undefined {
  switch (type.typeId as number) {
    case T.float:
    case T.double:
      return floatText(type, x, 'NULL', notFinite(x));
    case T.date:
      return beforeChrist(x, `CAST(${x} AS VARCHAR)`, '');
    case T.timestamp:
    case T.timestampSeconds:
    case T.timestampMilliseconds:
      return timestampText(x);
    case T.timestampNanoseconds:
      return `replace(CAST(${x} AS VARCHAR), ' ', 'T')`;
    case T.timestampTz: {
      // Not `AT TIME ZONE`, which is a millisecond off in years far away.
      const utc = timestampText(`make_timestamp(epoch_us(${x}))`);
      return `CASE WHEN isfinite(${x}) THEN ${utc} || 'Z' ELSE CAST(${x} AS VARCHAR) END`;
    }
    case T.timeTz:
      return `regexp_replace(CAST(${x} AT TIME ZONE 'UTC' AS VARCHAR), '\\+00$', 'Z')`;
    case T.blob:
      return `to_base64(${x})`;
    case T.decimal:
      // Where all digits are decimals the engine leaves out the zero before the point.
      return 'scale' in type && type.scale === type.width
        ? `regexp_replace(CAST(${x} AS VARCHAR), '^(-?)\\.', '\\10.')`
        : undefined;
    default:
      return undefined;
  }
}

function floatText(type: DuckDBType, x: string, ofNull: string, ofNotFinite: string): string {
  const text = `CAST(${x} AS VARCHAR)`;
  const rest = `WHEN ${x} IS NULL THEN ${ofNull} ELSE ${ofNotFinite} END`;
  if ((type.typeId as number) === T.float) {
    // Of a float half-way between two shorter texts, the engine writes all digits.
    const shorter = `left(${text}, -1)`;
    const tie = `${text} LIKE '%.%5' AND TRY_CAST(${shorter} AS FLOAT) = ${x} THEN ${shorter}`;
    return `CASE WHEN NOT isfinite(${x}) THEN ${ofNotFinite} WHEN ${tie} WHEN ${x} IS NULL THEN ${ofNull} ELSE ${text} END`;
  }
  const list = MISWRITTEN.map((double) => `CAST('${double}' AS DOUBLE)`);
  const cases = MISWRITTEN.map((double, i) => `WHEN ${list[i] ?? ''} THEN '${double}'`).join(' ');
  const miswritten = `abs(${x}) IN (${list.join(', ')}) THEN concat(if(${x} < 0, '-', ''), CASE abs(${x}) ${cases} END)`;
  // One comparison is all that most values need.
  return `CASE WHEN abs(${x}) < ${list[0] ?? ''} THEN ${text} WHEN ${miswritten} WHEN isfinite(${x}) THEN ${text} ${rest}`;
}

function notFinite(x: string): string {
  return `CASE WHEN isnan(${x}) THEN 'NaN' WHEN ${x} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
}

function timestampText(x: string): string {
  // Twice as fast as to replace the space in the engine's own text.
  const parts = `concat(CAST(CAST(${finite(x)} AS DATE) AS VARCHAR), 'T', CAST(CAST(${finite(x)} AS TIME) AS VARCHAR))`;
  const text = `CASE WHEN isfinite(${x}) THEN ${parts} ELSE CAST(${x} AS VARCHAR) END`;
  return beforeChrist(x, text, ` || 'T' || CAST(CAST(${finite(x)} AS TIME) AS VARCHAR)`);
}

/** The engine may work constants out although they stand in a branch that is not taken, and infinity has no date. */
function finite(x: string): string {
  return `if(isfinite(${x}), ${x}, NULL)`;
}

/** ISO 8601 counts years before 1 as 0, -1 …; the engine writes them as `0044-03-15 (BC)`. */
function beforeChrist(x: string, text: string, time: string): string {
  const year = `if(year(${x}) < 0, '-', '') || format('{:04d}', abs(year(${x})))`;
  // Of a timestamp it takes the date: some kinds would become nanoseconds, which do not reach that far.
  const monthAndDay = `strftime(CAST(${finite(x)} AS DATE), '-%m-%d')`;
  return `CASE WHEN ${x} < DATE '0001-01-01' AND isfinite(${x}) THEN ${year} || ${monthAndDay}${time} ELSE ${text} END`;
}

/** Where a value stands in JSON, and how it is written there. */
interface JsonPlace {
  /** How many lambdas stand around it, so that their parameters' names differ. */
  depth: number;
  /** Whether numbers that readers might round are written as strings. */
  quoted: boolean;
}

/** A value as JSON text, never NULL. The engine's own `to_json` is used for text only: it rounds decimals and floats. */
function jsonValue(type: DuckDBType, x: string, place: JsonPlace = { depth: 0, quoted: false }): string {
  const id = type.typeId as number;
  const item = `x${place.depth}`;
  const inItem = { ...place, depth: place.depth + 1 };
  if (id === T.boolean || id === T.decimal || INTEGERS.has(id)) {
    const text = plainText(type, x) ?? `CAST(${x} AS VARCHAR)`;
    return orNull(place.quoted && BIG_NUMBERS.has(id) ? `'"' || ${text} || '"'` : text);
  }
  if (id === T.float || id === T.double) {
    const quoted = `'"' || ${notFinite(x)} || '"'`;
    return floatText(type, x, `'null'`, quoted);
  }
  // White space is all that a line break can be in valid JSON; numbers in it keep the digits they have.
  if (isJson(type)) return orNull(`translate(${strictJson(`CAST(${x} AS VARCHAR)`)}, chr(10) || chr(13), '  ')`);
  if ('valueType' in type && id !== T.map) {
    const items = `list_transform(${x}, lambda ${item}: ${jsonValue(type.valueType, item, inItem)})`;
    return orNull(`'[' || array_to_string(${items}, ',') || ']'`);
  }
  if (id === T.map && 'keyType' in type) {
    const key = `to_json(CAST(${plainText(type.keyType, `${item}.key`) ?? `${item}.key`} AS VARCHAR))`;
    const pair = `concat(${key}, ':', ${jsonValue(type.valueType, `${item}.value`, inItem)})`;
    return orNull(`'{' || array_to_string(list_transform(map_entries(${x}), lambda ${item}: ${pair}), ',') || '}'`);
  }
  if (id === T.struct && 'entryNames' in type) return ifNotNull(x, structValue(type, x, place), "'null'");
  if (id === T.union && 'memberTags' in type) {
    const cases = type.memberTags.map((tag, i) => {
      const member = type.memberTypes[i] as DuckDBType;
      return `WHEN ${sqlString(tag)} THEN ${jsonValue(member, `union_extract(${x}, ${sqlString(tag)})`, place)}`;
    });
    return `CASE CAST(union_tag(${x}) AS VARCHAR) ${cases.join(' ')} ELSE 'null' END`;
  }
  return orNull(`CAST(to_json(CAST(${plainText(type, x) ?? x} AS VARCHAR)) AS VARCHAR)`);
}

function structValue(
  type: { entryNames: readonly string[]; entryTypes: readonly DuckDBType[] },
  x: string,
  place: JsonPlace,
): string {
  const named = type.entryNames.some((name) => name !== '');
  const entries = type.entryTypes.map((entryType, i) => {
    const value = jsonValue(entryType, `struct_extract_at(${x}, ${i + 1})`, place);
    const key = named ? `${JSON.stringify(type.entryNames[i])}:` : '';
    return `${sqlString(`${i === 0 ? '' : ','}${key}`)}, ${value}`;
  });
  // A struct without names is a tuple: the engine's ROW(1, 2).
  return `concat('${named ? '{' : '['}', ${entries.join(', ')}, '${named ? '}' : ']'}')`;
}

function isJson(type: DuckDBType): boolean {
  return (type.typeId as number) === T.varchar && type.alias === 'JSON';
}

function isNested(type: DuckDBType): boolean {
  return ([T.list, T.array, T.struct, T.map, T.union] as number[]).includes(type.typeId);
}

function orNull(text: string): string {
  return `coalesce(${text}, 'null')`;
}

function ifNotNull(x: string, text: string, otherwise = 'NULL'): string {
  return `CASE WHEN ${x} IS NULL THEN ${otherwise} ELSE ${text} END`;
}
