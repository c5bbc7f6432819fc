import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIXTURES, processesWith, startHostRun, withTemporaryFolder, type Outcome } from './processes.ts';

const end = (name: string) => path.join(FIXTURES, 'ends', `${name}.cjs`);

/** Runs one module to its end, and checks that nothing is left of the run. */
async function run(name: string, ...args: string[]): Promise<Outcome> {
  return await withTemporaryFolder(async (folder) => {
    const outcome = await startHostRun(['--file', end(name), ...args], folder).outcome;
    assert.deepEqual(processesWith(folder), []);
    assert.deepEqual(readdirSync(folder), []);
    return outcome;
  });
}

/** Runs a module that does not end by itself, does `interrupt` once it is under way, and waits until all is gone. */
async function interrupted(interrupt: (pid: number) => void): Promise<Outcome> {
  return await withTemporaryFolder(async (folder) => {
    const hostRun = startHostRun(['--file', end('busy')], folder);
    await hostRun.printed(/^pid \d+$/m);
    assert.ok(process.platform !== 'linux' || processesWith(folder).length > 2);
    interrupt(hostRun.child.pid!);
    const result = await hostRun.outcome;
    for (let wait = 0; wait < 50 && processesWith(folder).length > 0; wait++) await sleep(100);
    assert.deepEqual(processesWith(folder), []);
    return result;
  });
}

describe('a module in the extension host', () => {
  it('passes when run() resolves, and its console is printed whole', async () => {
    const { code, stdout } = await run('resolves');
    assert.equal(code, 0);
    assert.match(stdout, /^environment is here \{ nested: \[ 1, 2 \] \}\nan error line\nwritten\nx{100000}$/m);
  });

  it('passes when run() returns', async () => {
    assert.equal((await run('returns')).code, 0);
  });

  for (const [name, text] of [
    ['rejects', /Error: rejected on purpose/],
    ['throws', /Error: thrown on purpose/],
    ['no-run', /exports no function named run/],
  ] as const) {
    it(`fails when it ${name}`, async () => {
      const { code, stdout } = await run(name);
      assert.equal(code, 1);
      assert.match(stdout, text);
    });
  }

  it('fails when it cannot be parsed', async () => {
    await withTemporaryFolder(async (folder) => {
      const file = path.join(folder, 'syntax.cjs');
      writeFileSync(file, 'exports.run = (\n');
      const { code, stdout } = await startHostRun(['--file', file], folder).outcome;
      assert.equal(code, 1);
      assert.match(stdout, /SyntaxError: Unexpected end of input/);
    });
  });

  for (const name of ['exits-0', 'killed']) {
    it(`fails when the host ends early: ${name}`, async () => {
      const { code, stdout, stderr } = await run(name);
      assert.equal(code, 1);
      assert.match(stdout, /^about to /m);
      assert.match(stderr, /The tests did not come to their end/);
    });
  }

  for (const name of ['never', 'busy']) {
    it(`fails at the time limit: ${name}`, async () => {
      const { code, stderr } = await run(name, '--timeout', '8');
      assert.equal(code, 124);
      assert.match(stderr, /No end of the tests after 8 s/);
    });
  }

  it('fails when the file does not exist', async () => {
    const { code, stderr } = await run('missing');
    assert.equal(code, 1);
    assert.match(stderr, /There is no file/);
  });

  it('sees the workspace as it is, the extension, and its neighbours; two at once', async () => {
    await withTemporaryFolder(async (folder) => {
      const outcomes = ['one', 'two'].map(async (name) => {
        const workspace = path.join(folder, name);
        const temporary = path.join(folder, `tmp-${name}`);
        for (const made of [workspace, temporary]) mkdirSync(made);
        writeFileSync(path.join(workspace, `${name}.txt`), '');
        const run = startHostRun(['--file', end('workspace'), '--workspace', workspace], temporary);
        const { code, stdout } = await run.outcome;
        assert.equal(code, 0);
        assert.ok(stdout.includes(`neighbour ${workspace}\n${name}.txt\n`), stdout);
      });
      await Promise.all(outcomes);
    });
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing running after a ${signal}`, async () => {
      const { code } = await interrupted((pid) => process.kill(pid, signal));
      assert.equal(code, 130);
    });
  }

  it('leaves nothing running when the runner is killed', async () => {
    const { code } = await interrupted((pid) => process.kill(pid, 'SIGKILL'));
    assert.equal(code, null);
  });
});
