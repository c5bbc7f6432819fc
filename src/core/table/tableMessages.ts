import type { Cell, TableState } from './tableSource.ts';

/** A place in a table; both count from 0. */
export interface Place {
  row: number;
  column: number;
}

/** What can be copied from a place. */
export type Copied = 'cell' | 'row' | 'column';

/** What a table's page says. */
export type FromTable =
  | { type: 'ready' }
  | { type: 'rows'; request: number; start: number; count: number }
  | { type: 'find'; request: number; text: string }
  | { type: 'focus'; place: Place | undefined }
  | { type: 'copy'; what: Copied; place: Place }
  | { type: 'more' }
  /** After a refusal that can be tried again. */
  | { type: 'again' }
  | { type: 'text' };

/** What a table's page is told. */
export type ToTable =
  /** `source`: another number where the rows are of another source, and none of those that are shown can stay. */
  | { type: 'state'; source: number; label: string; state: TableState; loading: boolean; hasText: boolean }
  /** No rows where they could not be read: why is said by `refused`. */
  | { type: 'rows'; request: number; rows?: readonly (readonly Cell[])[] }
  /** `capped`: there are more than these. */
  | { type: 'found'; request: number; places: Place[]; capped: boolean }
  /** `again`: rows could not be read, which may go better when it is tried again. */
  | { type: 'refused'; message: string; again: boolean }
  /** Asks for what can be done by a command as well. */
  | { type: 'search' };
