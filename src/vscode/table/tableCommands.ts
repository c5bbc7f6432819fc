import { Arguments } from '../../core/arguments.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Place } from '../../core/table/tableMessages.ts';
import type { Call, Handler } from '../commands.ts';

type Act = Parameters<typeof import('./showTable.ts').onActiveTable>[0];

/**
 * The commands for the table that is active: from its menu they get the place that it was opened on, from the palette they
 * mean what has the focus.
 */
export function tableCommands(): Record<string, Handler> {
  const by =
    (what: Act): Handler =>
    async (call) => {
      const { onActiveTable } = await import('./showTable.ts');
      if (!(await onActiveTable(what, placeOf(call)))) throw invalidArgument('No table is open.');
    };
  return {
    copyTableCell: by('cell'),
    copyTableRow: by('row'),
    copyTableColumn: by('column'),
    openTableAsText: by('text'),
    loadMoreRows: by('more'),
    findInTable: by('search'),
  };
}

/** Where the command is meant: `{row, column}`, counted from 0. */
function placeOf({ given }: Call): Place | undefined {
  const read = new Arguments(given ?? {});
  return read.has('row') ? { row: read.integer('row', 0), column: read.integer('column', 0, 0) } : undefined;
}
