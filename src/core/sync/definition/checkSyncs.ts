import type { DestinationFields } from '../../destination/destination.ts';
import { s3Uri, sideFolder, syncFolder } from '../../destination/keys.ts';
import type { JsonPath, SyncDefinition, SyncFinding, SyncFix, TextSpan } from './syncDefinition.ts';

/** A sync and the file that defines it. */
export interface PlacedSync {
  /** Names the file; only compared. */
  file: string;
  sync: SyncDefinition;
}

/** How many names are proposed in the place of one that is unknown. */
const PROPOSALS = 5;

/** Finds syncs of one file that have the same id: which of them is meant could not be told. */
export function duplicateIds(file: string, syncs: readonly SyncDefinition[]): SyncFinding[] {
  const first = new Map<string, SyncDefinition>();
  const free = new FreeIds(syncs.map(({ id }) => id));
  return syncs.flatMap((sync) => {
    const other = first.get(sync.id);
    if (other === undefined) {
      first.set(sync.id, sync);
      return [];
    }
    const span = spanOf(sync, 'id');
    const fix: SyncFix = { kind: 'rename', path: pathOf(sync, 'id'), id: free.like(sync.id) };
    return {
      ...({ code: 'duplicate-id', severity: 'error', span, index: sync.index, fixes: [fix] } as const),
      message: `There is another sync ${sync.id} in this file.`,
      related: [{ message: 'The other one', file, span: spanOf(other, 'id') }],
    };
  });
}

/** Finds syncs to destinations that the user has not defined. @param known their names */
export function unknownDestinations(syncs: readonly SyncDefinition[], known: ReadonlySet<string>): SyncFinding[] {
  return syncs.flatMap((sync) => {
    const { destination, index } = sync;
    if (destination === '' || known.has(destination)) return [];
    const proposed = [...known].slice(0, PROPOSALS).map((name): SyncFix => {
      return { kind: 'set', title: `Use ${name}`, path: pathOf(sync, 'destination'), value: name };
    });
    return {
      ...({ code: 'unknown-destination', severity: 'error', span: spanOf(sync, 'destination'), index } as const),
      message: `There is no destination ${destination} on this machine. Destinations and their credentials are yours alone: each who runs the sync adds it.`,
      fixes: [{ kind: 'add-destination', name: destination } as const, ...proposed],
    };
  });
}

/** Folders that a sync writes to, and what makes them the store's: `endpoint/bucket`. */
interface Claim {
  at: string;
  sync: PlacedSync;
  shown: string;
}

/**
 * Finds syncs, of any file, whose outputs would lie among those of another: one's set would be read, or mirrored away, as
 * part of the other's.
 * @param fieldsOf gives a destination, if it is defined
 * @returns the findings of each file
 */
export function overlappingOutputs(
  syncs: readonly PlacedSync[],
  fieldsOf: (destination: string) => DestinationFields | undefined,
): Map<string, SyncFinding[]> {
  const claims: Claim[] = syncs.flatMap((sync) => {
    const fields = fieldsOf(sync.sync.destination);
    if (fields === undefined) return [];
    const { bucket, endpoint = '', pathPrefix } = fields;
    return [syncFolder, sideFolder].map((folderOf) => {
      const folder = folderOf(pathPrefix, sync.sync.id);
      return { at: `${endpoint}\n${bucket}\n${folder}`, sync, shown: s3Uri(bucket, folder) };
    });
  });
  claims.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const found = new Map<string, SyncFinding[]>();
  const around: Claim[] = [];
  const told = new Set<string>();
  for (const claim of claims) {
    while (around.length > 0 && !claim.at.startsWith(around.at(-1)?.at ?? '')) around.pop();
    const outer = around.at(-1);
    around.push(claim);
    if (outer === undefined || isSameInFile(outer.sync, claim.sync)) continue;
    const pair = [outer, claim].map(({ sync: { file, sync } }) => `${file}\n${sync.index}`).join('\n');
    if (told.has(pair)) continue;
    told.add(pair);
    for (const [one, other] of [
      [claim, outer],
      [outer, claim],
    ] as const) {
      const findings = found.get(one.sync.file) ?? [];
      found.set(one.sync.file, findings);
      findings.push(overlap(one, other));
    }
  }
  return found;
}

/** Two of one id in one file: what is wrong with them is said otherwise. */
function isSameInFile(one: PlacedSync, other: PlacedSync): boolean {
  return one.file === other.file && one.sync.id === other.sync.id;
}

function overlap(claim: Claim, other: Claim): SyncFinding {
  const { sync } = claim.sync;
  const { id } = other.sync.sync;
  const same = claim.shown === other.shown;
  const message = same
    ? `${sync.id} and ${other.sync.file === claim.sync.file ? id : `the ${id} of another workspace folder`} both write to ${claim.shown}`
    : `The outputs of ${sync.id} (${claim.shown}) and of ${id} (${other.shown}) lie within each other.`;
  return {
    ...{ code: 'overlapping-outputs', severity: 'warning', message, span: spanOf(sync, 'id'), index: sync.index },
    related: [{ message: `The sync ${id}`, file: other.sync.file, span: spanOf(other.sync.sync, 'id') }],
  };
}

/** Where a property of a sync is; where the sync begins, if it has none. */
export function spanOf(sync: SyncDefinition, property: string): TextSpan {
  return sync.values[property] ?? sync.values.id ?? { offset: sync.span.offset, length: 1 };
}

/** The way to a property of a sync. */
export function pathOf({ index }: SyncDefinition, property: string): JsonPath {
  return ['syncs', index, property];
}

/** Gives ids like others that no sync has, each once. */
export class FreeIds {
  readonly #taken: Set<string>;
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The id itself, if it is free; else the same with a number. */
  like(id: string): string {
    const base = id.slice(0, 120).replace(/-\d+$/, '');
    let free = id;
    let n = this.#next.get(base) ?? 2;
    for (; this.#taken.has(free); n++) free = `${base}-${n}`;
    this.#next.set(base, n);
    this.#taken.add(free);
    return free;
  }
}
