import assert from 'node:assert/strict';
import { parseDestination } from '../../../../../src/core/destination/destination.ts';
import {
  duplicateIds,
  overlappingOutputs,
  unknownDestinations,
} from '../../../../../src/core/sync/definition/checkSyncs.ts';
import type { SyncDefinition } from '../../../../../src/core/sync/definition/syncDefinition.ts';
import { found, parsed, USERS } from './syncs.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const at = (pathPrefix: string, bucket = 'acme'): ReturnType<typeof parseDestination> =>
  parseDestination({ name: 'any', bucket, pathPrefix, credentials });
const DESTINATIONS = new Map([
  ['prod', at('p/')],
  ['same', at('p/')],
  ['below', at('p/users/')],
  ['beside', at('p/_s3destinations/')],
  ['neighbour', at('p/users-')],
  ['elsewhere', at('p/', 'other')],
]);
const overlaps = (syncs: { file?: string; sync: SyncDefinition }[]): string[] =>
  [
    ...overlappingOutputs(
      syncs.map(({ file = 'a', sync }) => ({ file, sync })),
      (name) => DESTINATIONS.get(name),
    ),
  ].flatMap(([file, findings]) => findings.map(({ index }) => `${file}${index}`));
const placed = (...syncs: object[]): { sync: SyncDefinition }[] => parsed(...syncs).syncs.map((sync) => ({ sync }));

describe('checks of syncs', () => {
  it('find two of one id, and propose another', () => {
    const read = parsed(USERS, { ...USERS, id: 'users-2' }, USERS, USERS);
    const findings = duplicateIds('a', read.syncs);
    assert.deepEqual(found({ ...read, findings }), ['duplicate-id: "users"', 'duplicate-id: "users"']);
    assert.deepEqual(
      findings.flatMap(({ fixes = [] }) => fixes),
      [
        { kind: 'rename', path: ['syncs', 2, 'id'], id: 'users-3' },
        { kind: 'rename', path: ['syncs', 3, 'id'], id: 'users-4' },
      ],
    );
  });

  it('find destinations that are not defined, and propose those that are', () => {
    const read = parsed(USERS, { ...USERS, id: 'b', destination: 'nowhere' });
    const findings = unknownDestinations(read.syncs, new Set(['prod']));
    assert.deepEqual(found({ ...read, findings }), ['unknown-destination: "nowhere"']);
    assert.deepEqual(
      findings[0]?.fixes?.map(({ kind }) => kind),
      ['add-destination', 'set'],
    );
  });

  it('find outputs within each other', () => {
    const orders = { ...USERS, id: 'orders' };
    assert.deepEqual(overlaps(placed(USERS, { ...orders, destination: 'below' })).sort(), ['a0', 'a1']);
    assert.deepEqual(overlaps(placed(USERS, { ...orders, destination: 'beside' })), []);
    for (const destination of ['same', 'neighbour', 'elsewhere', 'unknown'])
      assert.deepEqual(overlaps(placed(USERS, { ...orders, destination })), [], destination);
  });

  it('find syncs of two workspace folders that are one at the store', () => {
    const [one = assert.fail(), ...others] = [...placed(USERS), ...placed({ ...USERS, destination: 'same' })];
    const files = [one, ...others].map(({ sync }, i) => ({ file: String.fromCharCode(97 + i), sync }));
    assert.deepEqual(overlaps(files).sort(), ['a0', 'b0']);
    assert.deepEqual(overlaps(placed(USERS, { ...USERS, destination: 'elsewhere' })), []);
    const [beside = assert.fail()] = placed({ ...USERS, destination: 'beside' });
    assert.deepEqual(overlaps([one, { file: 'b', ...beside }]).sort(), ['a0', 'b0']);
  });

  it('stay quick with 10,000 syncs', () => {
    const { syncs } = parsed(...Array.from({ length: 10_000 }, (_, i) => ({ ...USERS, id: `sync-${i % 9000}` })));
    const began = performance.now();
    assert.equal(duplicateIds('a', syncs).length, 1000);
    assert.equal(overlaps(syncs.map((sync) => ({ sync }))).length, 0);
    assert.ok(performance.now() - began < 3000);
  });
});
