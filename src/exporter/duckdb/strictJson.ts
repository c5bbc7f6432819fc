/** What the engine takes for JSON, and is none: numbers that are not finite, and a comma after the last item. */
const LENIENT = `'(?i)nan|inf|,\\s*[\\]}]'`;
/** A string, or all that stands between two. */
const TOKENS = `'"(?:[^"\\\\]|\\\\.)*"|[^"]+'`;

/**
 * JSON as the engine has it, as SQL for its text in JSON that every reader reads: `NaN`, `Infinity` and `-Infinity` become
 * strings, as they are where they stand alone. All else stays as it is written.
 * @param text SQL for the engine's text of a JSON value
 */
export function strictJson(text: string): string {
  return `CASE WHEN ${isLenient(text)} THEN ${rewritten(text)} ELSE ${text} END`;
}

/** As `strictJson`, of a JSON value and as one. */
export function strictJsonValue(json: string): string {
  const text = `CAST(${json} AS VARCHAR)`;
  return `CASE WHEN ${isLenient(text)} THEN CAST(${rewritten(text)} AS JSON) ELSE ${json} END`;
}

function isLenient(text: string): string {
  return `regexp_matches(${text}, ${LENIENT})`;
}

function rewritten(text: string): string {
  const finite = `regexp_replace(regexp_replace(token, '-?nan', '"NaN"', 'gi'), '(-?)inf(?:inity)?', '"\\1Infinity"', 'gi')`;
  const strict = `regexp_replace(${finite}, ',(\\s*[\\]}])', '\\1', 'g')`;
  const tokens = `regexp_extract_all(${text}, ${TOKENS})`;
  return `array_to_string(list_transform(${tokens}, lambda token: if(starts_with(token, '"'), token, ${strict})), '')`;
}
