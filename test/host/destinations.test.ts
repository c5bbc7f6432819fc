import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openHostSession, type HostSession, problemOf, run } from './hostSession.ts';

interface Listed {
  name: string;
}

describe('the list of destinations', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  afterEach(async () => session.clear());
  after(async () => session.close());

  const names = async (): Promise<string[]> => (await run<Listed[]>('listDestinations')).map(({ name }) => name);

  it('is empty at first', async () => {
    assert.deepEqual(await run('listDestinations'), []);
  });

  it('shows no secret', async () => {
    const [accessKeyId, secretAccessKey, sessionToken] = ['ASIA', '', ''].map(
      (start) => start + randomBytes(20).toString('hex'),
    ) as [string, string, string];
    await session.addDestination('one', { credentials: { kind: 'keys', accessKeyId, secretAccessKey, sessionToken } });
    const text = JSON.stringify(await run('listDestinations'));
    for (const secret of [accessKeyId, secretAccessKey, sessionToken]) assert.ok(!text.includes(secret));
  });

  it('goes by name, the one used last first', async () => {
    for (const name of ['b', 'c', 'a']) await session.addDestination(name);
    assert.deepEqual(await names(), ['a', 'b', 'c']);
    await run('exportQuery', { destination: 'c', syncId: 'one', sql: 'SELECT 1 AS n' });
    assert.deepEqual(await names(), ['c', 'a', 'b']);
  });

  it('loses a destination that is removed, and the bucket nothing', async () => {
    await session.addDestination('one');
    await session.addDestination('two');
    await run('exportQuery', { destination: 'one', syncId: 'kept', sql: 'SELECT 1 AS n' });
    const keys = await session.keys();
    assert.deepEqual(await run('removeDestination', { name: 'one' }), {});
    assert.deepEqual(await names(), ['two']);
    assert.deepEqual(await session.keys(), keys);
    const { code, message } = await problemOf(
      run('exportQuery', { destination: 'one', syncId: 'x', sql: 'SELECT 1 AS n' }),
    );
    assert.deepEqual([code, message], ['invalid-argument', 'There is no destination one.']);
  });

  it('takes a removed name again, with other credentials', async () => {
    const credentials = { kind: 'keys', accessKeyId: 'DEMOADMIN', secretAccessKey: 'DEMOADMIN-of-another-store' };
    await session.addDestination('one', { credentials });
    const request = { destination: 'one', syncId: 'again', sql: 'SELECT 1 AS n' };
    assert.equal((await problemOf(run('exportQuery', request))).code, 'signature-mismatch');
    await run('removeDestination', { name: 'one' });
    await session.addDestination('one');
    await run('exportQuery', request);
  });

  it('has nothing to remove under an unknown name', async () => {
    await session.addDestination('one');
    const { code, message } = await problemOf(run('removeDestination', { name: 'none' }));
    assert.deepEqual([code, message], ['invalid-argument', 'There is no destination none.']);
    const { code: missing, message: field } = await problemOf(run('removeDestination', {}));
    assert.deepEqual([missing, field], ['invalid-argument', '“name” must be text.']);
    assert.deepEqual(await names(), ['one']);
  });
});
