import type { Copied, Place } from './tableMessages.ts';
import type { Cell, TableSource } from './tableSource.ts';

const BLOCK_ROWS = 500;
/** More than anybody steps through. */
const MAX_FOUND = 1000;

/** A block of rows, and where it begins. */
interface Block {
  start: number;
  rows: readonly (readonly Cell[])[];
}

/** All rows that can be read now, a block at a time; other work gets its turn between blocks. */
async function* blocks(source: TableSource): AsyncGenerator<Block> {
  for (let start = 0; start < source.state().rows; start += BLOCK_ROWS) {
    const rows = await source.rows(start, BLOCK_ROWS);
    if (rows.length === 0) return;
    yield { start, rows };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Finds the cells that contain a text, whatever its case, among the rows that can be read now.
 * @returns the first thousand in reading order, and whether there are more
 */
export async function findCells(source: TableSource, text: string): Promise<{ places: Place[]; capped: boolean }> {
  const wanted = text.toLowerCase();
  const places: Place[] = [];
  if (wanted === '') return { places, capped: false };
  for await (const { start, rows } of blocks(source)) {
    for (const [i, row] of rows.entries()) {
      for (const [column, cell] of row.entries()) {
        if (typeof cell !== 'string' || !cell.toLowerCase().includes(wanted)) continue;
        if (places.length === MAX_FOUND) return { places, capped: true };
        places.push({ row: start + i, column });
      }
    }
  }
  return { places, capped: false };
}

/** A row or a column can be too long for a clipboard. */
const MAX_COPIED = 64 << 20;

/**
 * The text that is copied from a place: a cell as it is; a row with tabs between its cells, as spreadsheets paste it; a column
 * with a line for each row that can be read now. NULL is nothing.
 * @returns undefined when it is too long
 */
export async function copiedText(
  source: TableSource,
  what: Copied,
  { row, column }: Place,
): Promise<string | undefined> {
  if (what !== 'column') {
    const [cells = []] = await source.rows(row, 1);
    return what === 'cell' ? textOf(cells[column]) : cells.map((cell) => quoted(textOf(cell), /["\t\r\n]/)).join('\t');
  }
  const lines: string[] = [];
  let length = 0;
  for await (const { rows } of blocks(source)) {
    for (const cells of rows) {
      const line = quoted(textOf(cells[column]), /["\r\n]/);
      length += line.length + 1;
      if (length > MAX_COPIED) return undefined;
      lines.push(line);
    }
  }
  return lines.join('\n');
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}

function quoted(text: string, special: RegExp): string {
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
