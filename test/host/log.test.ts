import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assertLogsHoldNone, logFiles } from './logFiles.ts';
import { ADMIN_KEYS, eventually, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

describe('the log', () => {
  let session: HostSession;
  before(async () => (session = await openHostSession()));
  afterEach(async () => {
    session.s3.faults.clear();
    await session.clear();
  });
  after(async () => session.close());

  const ownLog = (): string => {
    const file = logFiles().find((name) => path.basename(name) === 'S3 Destinations.log');
    assert.ok(file, 'The extension has no log.');
    return readFileSync(file, 'utf8');
  };
  const logged = (pattern: RegExp): Promise<string> =>
    eventually(() => pattern.exec(ownLog())?.[0], `${String(pattern)} in the log`);

  it('tells what was exported, to where, and what it made', async () => {
    await session.addDestination('store');
    const { runId } = await run<{ runId: string }>('exportQuery', { ...QUERY, syncId: 'logged' });
    await logged(/Exporting logged to store \(insert, csv, gzip\)/);
    await logged(new RegExp(`Exported logged to store: run ${runId}, 1 rows, \\d+ ms`));
    await logged(new RegExp(`Wrote signalsmith/logged/${runId}-00000\\.csv\\.gz \\(\\d+ bytes\\)`));
  });

  it('tells why an export failed, with the id of the request', async () => {
    await session.addDestination('store', { bucket: 'not-here' });
    const { message, requestId } = await problemOf(run('exportQuery', QUERY));
    await logged(new RegExp(`exportQuery: ${message.replaceAll('.', '\\.')}`));
    await logged(new RegExp(`request ${requestId!}`));
  });

  it('holds no secret, whatever fails', async () => {
    const secretAccessKey = `s3cr3t${randomBytes(16).toString('hex')}`;
    const sessionToken = `t0ken${randomBytes(16).toString('base64url')}`;
    const { accessKeyId } = ADMIN_KEYS;
    const secrets = [secretAccessKey, sessionToken];
    session.s3.accounts.set('AKLEAKY', { name: 'leaky', accessKeyId: 'AKLEAKY', secretAccessKey, sessionToken });

    // Signed with the secret and refused; with the token and refused; a secret where none may be; a store that answers
    // with all that it was sent; a query that holds it.
    const keys = { kind: 'keys', accessKeyId, secretAccessKey };
    await session.addDestination('wrong', { credentials: keys });
    await problemOf(run('exportQuery', { ...QUERY, destination: 'wrong' }));
    await session.addDestination('store', { credentials: { ...keys, accessKeyId: 'AKLEAKY', sessionToken } });
    await problemOf(run('exportQuery', QUERY));
    const fields = { name: 'x', bucket: 'acme-data', credentials: keys };
    await problemOf(run('addDestination', { ...fields, endpoint: `https://me:${secretAccessKey}@127.0.0.1` }));
    await problemOf(run('addDestination', { ...fields, credentials: { ...keys, sessionToken: `${sessionToken} x` } }));
    const message = `You sent ${encodeURIComponent(sessionToken)} and ${secretAccessKey} and ${sessionToken}.`;
    session.s3.faults.add({ times: 10, answer: { status: 400, code: 'EchoOfSecrets', message } });
    const echo = await problemOf(run('exportQuery', QUERY));
    assert.equal(echo.code, 'upload-failed');
    assert.ok(
      secrets.every((secret) => !echo.message.includes(secret)),
      'A secret got into the message.',
    );
    session.s3.faults.clear();
    const sql = `SELECT '${secretAccessKey}' AS secret, missing`;
    await problemOf(run('exportQuery', { ...QUERY, sql }));
    await logged(/EchoOfSecrets/);
    await logged(/exportQuery: [^\n]*missing/);

    assertLogsHoldNone(secrets);
  });

  it('warns of a store that is reached without encryption, but on this machine', async () => {
    await session.addDestination('here');
    await session.addDestination('open', { endpoint: 'http://store.invalid:9' });
    for (const destination of ['here', 'open']) {
      await run('exportQuery', { ...QUERY, destination }).then(undefined, () => undefined);
    }
    await logged(/open: store\.invalid is reached without encryption/);
    for (const file of logFiles()) assert.doesNotMatch(readFileSync(file, 'utf8'), /here: \S+ is reached without/);
  });

  it('is shown by a command', async () => {
    await run('showLog');
  });
});

const QUERY = { destination: 'store', syncId: 'logged', sql: 'SELECT 1 AS n' };
