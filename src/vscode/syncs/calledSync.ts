import type { Call } from '../commands.ts';
import type { DefinedSync } from '../outputs/definedSyncs.ts';

/** What the editor passes when a person calls a command on a sync: an item of the tree, or of a CodeLens. */
export interface CalledSync {
  kind: 'sync';
  syncId: string;
  /** The URI of the file that defines it, where that is known. */
  definition?: string;
}

/** The sync that a command was called on, if it was. */
export function asSync(called: unknown): CalledSync | undefined {
  if (typeof called !== 'object' || called === null) return undefined;
  const { kind, syncId, definition, defined } = called as Partial<CalledSync> & { defined?: DefinedSync };
  if (kind !== 'sync' || typeof syncId !== 'string') return undefined;
  const file = definition ?? defined?.definition?.toString();
  return { kind, syncId, ...(file === undefined ? {} : { definition: file }) };
}

/** Whether a call is about a sync that the workspace defines, rather than about a query. */
export function isAboutSync({ given, called }: Call): boolean {
  if (given === undefined) return asSync(called) !== undefined;
  return given.syncId !== undefined && ['destination', 'sql', 'file'].every((name) => given[name] === undefined);
}
