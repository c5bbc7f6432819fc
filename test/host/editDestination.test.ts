import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  ADMIN_KEYS,
  BUCKET,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  writeWorkspaceFile,
  workspaceFile,
} from './hostSession.ts';

interface Listed {
  name: string;
  bucket: string;
  region: string;
  credentials: { kind: string };
}
const list = (): Promise<Listed[]> => run<Listed[]>('listDestinations');
const names = async (): Promise<string[]> => (await list()).map(({ name }) => name);

describe('editing destinations', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  afterEach(async () => session.clear());
  after(async () => session.close());

  const exported = (destination: string): Promise<unknown> =>
    run('exportQuery', { destination, syncId: 'edited', sql: 'SELECT 1 AS n' });

  it('takes effect with the next export', async () => {
    await session.addDestination('one', { credentials: { ...ADMIN_KEYS, secretAccessKey: 'mistyped-demo-key' } });
    assert.equal((await problemOf(exported('one'))).code, 'signature-mismatch');
    assert.deepEqual(await run('editDestination', { name: 'one', changes: { credentials: ADMIN_KEYS } }), {
      name: 'one',
    });
    await exported('one');
    await run('editDestination', { name: 'one', changes: { pathPrefix: 'elsewhere', target: { gzip: false } } });
    await exported('one');
    assert.ok((await session.keys()).some((key) => key.startsWith('elsewhere/edited/') && key.endsWith('.csv')));
  });

  it('renames, with the credentials', async () => {
    await session.addDestination('one');
    assert.deepEqual(await run('editDestination', { name: 'one', changes: { name: ' two ' } }), { name: 'two' });
    assert.deepEqual(await run('renameDestination', { name: 'two', newName: 'three' }), { name: 'three' });
    assert.deepEqual(await names(), ['three']);
    await exported('three');
    assert.equal((await problemOf(exported('one'))).code, 'invalid-argument');
  });

  it('duplicates, with the credentials', async () => {
    await session.addDestination('one');
    assert.deepEqual(await run('duplicateDestination', { name: 'one', newName: 'two' }), { name: 'two' });
    await run('removeDestination', { name: 'one' });
    await exported('two');
  });

  it('changes nothing when it is refused', async () => {
    await session.addDestination('one');
    await session.addDestination('two');
    const before = await list();
    const refusals: [string, object, RegExp][] = [
      ['editDestination', { name: 'none', changes: {} }, /no destination none/],
      ['editDestination', { name: 'one', changes: { name: 'two' } }, /already a destination two/],
      ['editDestination', { name: 'one', changes: { bucket: 'Not_One', region: 'us-west-2' } }, /“changes\.bucket”/],
      ['renameDestination', { name: 'one', newName: '' }, /“newName”/],
      ['duplicateDestination', { name: 'one', newName: 'two' }, /already a destination two/],
      ['setDefaultDestination', { name: 'none' }, /no destination none/],
      [
        'reenterCredentials',
        { name: 'one', credentials: { ...ADMIN_KEYS, secretAccessKey: 'a b' } },
        /secretAccessKey”.*space/,
      ],
    ];
    for (const [command, argument, reason] of refusals) {
      const { code, message } = await problemOf(run(command, argument));
      assert.equal(code, 'invalid-argument');
      assert.match(message, reason);
    }
    assert.deepEqual(await list(), before);
    await exported('one');
  });

  it('adds a name once, however often it is added at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => session.addDestination('one')));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await names(), ['one']);
  });

  it('offers the default first, whatever was used last', async () => {
    for (const name of ['a', 'b', 'c']) await session.addDestination(name);
    await run('setDefaultDestination', { name: 'b' });
    await exported('c');
    assert.deepEqual(await names(), ['b', 'a', 'c']);
    await run('renameDestination', { name: 'b', newName: 'z' });
    assert.deepEqual(await names(), ['z', 'a', 'c']);
    await run('setDefaultDestination', { name: null });
    assert.deepEqual(await names(), ['c', 'a', 'z']);
  });

  it('hands destinations on without their secrets, and takes them in', async () => {
    await session.addDestination('one');
    const to = workspaceFile('destinations.json');
    const file = await run('exportDestinations', { names: ['one'], to });
    const text = Buffer.from(await vscode.workspace.fs.readFile(to)).toString();
    assert.deepEqual(JSON.parse(text), file);
    assert.ok(!text.includes(ADMIN_KEYS.secretAccessKey) && !text.includes(ADMIN_KEYS.accessKeyId));
    assert.match((await problemOf(run('importDestinations', { from: to }))).message, /already a destination one/);
    assert.deepEqual(await run('importDestinations', { from: to, existing: 'skip' }), { added: [], skipped: ['one'] });
    await run('removeDestination', { name: 'one' });
    assert.deepEqual(await run('importDestinations', { from: to.fsPath }), { added: ['one'], skipped: [] });
    const missing = await problemOf(exported('one'));
    assert.deepEqual([missing.code, missing.destination], ['secret-missing', 'one']);
    await run('editDestination', { name: 'one', changes: { region: 'us-east-1' } });
    await run('duplicateDestination', { name: 'one', newName: 'two' });
    assert.equal((await problemOf(exported('two'))).code, 'secret-missing');
    await run('reenterCredentials', { name: 'one', credentials: ADMIN_KEYS });
    await exported('one');
  });

  it('takes nothing from a file that is wrong anywhere', async () => {
    const good = { name: 'good', bucket: BUCKET };
    for (const content of [
      '{',
      '{"version":1}',
      JSON.stringify({ version: 1, destinations: [good, { name: 'bad' }] }),
    ]) {
      const from = await writeWorkspaceFile('wrong.json', content);
      assert.equal((await problemOf(run('importDestinations', { from }))).code, 'invalid-argument');
    }
    const none = await problemOf(run('importDestinations', { from: workspaceFile('none.json') }));
    assert.equal(none.code, 'invalid-argument');
    assert.deepEqual(await list(), []);
  });
});
