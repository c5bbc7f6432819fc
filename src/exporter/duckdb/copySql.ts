import { sqlString } from './sqlText.ts';

/**
 * A line is one column of text that the engine writes as it is; a delimiter is never written, as there is no second. To force
 * quotes, of which there are none, spares the engine a look at each byte.
 */
const RAW_LINES = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', FORCE_QUOTE *, DELIMITER '\x1f', USE_TMP_FILE false`;

/**
 * No rows, of a source whose rows have no numbers. The engine keeps the order of rows in one of two ways: several threads
 * write, each keeping its rows until their turn comes, or one thread writes as it reads. It decides for the second where a
 * source cannot number its rows. That is what an export wants: the lines come sooner and steadily, take 100 MB less, and
 * the cores are needed for gzip. Whatever comes before the lines (joins, groups, sorting) still runs on all threads.
 */
const UNNUMBERED = `SELECT '' FROM range(0)`;

/** The statement that writes the lines of a projection into a file, in order. It gives the number of lines. */
export function copySql(projection: string, file: string): string {
  return `COPY (${projection} UNION ALL ${UNNUMBERED}) TO ${sqlString(file)} (${RAW_LINES})`;
}
