// `npm test`: every check there is. `--only unit,host` runs some of them.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

/** A check: a command whose exit code says whether it passed. */
interface Check {
  name: string;
  command: readonly string[];
}

/** Checks that look at the files only, as lists of which each goes from check to check, side by side with the others. */
const STATIC: readonly (readonly Check[])[] = [
  [{ name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] }],
  [
    { name: 'types', command: ['tsc', '--noEmit'] },
    { name: 'types of pages', command: ['tsc', '--noEmit', '-p', 'src/webview'] },
    { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
    { name: 'build', command: ['node', 'esbuild.mjs', '--production'] },
  ],
];

const TESTS: readonly Check[] = [
  // Much of their time they wait for servers that are slow on purpose.
  { name: 'unit', command: ['mocha', '--parallel', '--jobs', '2'] },
  { name: 'faults', command: ['mocha', '--config', 'test/faults/.mocharc.json'] },
  { name: 'host', command: ['node', 'test/host/run.ts'] },
  { name: 'ui', command: ['mocha', '--config', 'test/ui/.mocharc.json'] },
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const totals = { passed: 0, failed: 0, skipped: 0 };
await Promise.all(STATIC.map((checks) => runAll(checks, false)));
await runAll(TESTS, true);
const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`;
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

/** @param live whether output is shown as it comes, or when the check has ended */
async function runAll(checks: readonly Check[], live: boolean): Promise<void> {
  for (const { name, command } of checks) {
    if (only !== undefined && !only.includes(name)) continue;
    const heading = `\n── ${name} ${'─'.repeat(60 - name.length)}`;
    if (live) console.log(heading);
    const began = Date.now();
    const { code, output } = await run(command, live);
    if (!live) console.log(`${heading}\n${output.trimEnd()}`);
    const counts = countsOf(output, code);
    totals.passed += counts.passed;
    totals.failed += counts.failed;
    totals.skipped += counts.skipped;
    console.log(`${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  }
}

function run(
  [program = '', ...args]: readonly string[],
  live: boolean,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (live) process.stdout.write(data);
  });
  if (live) child.stderr.pipe(process.stderr);
  else child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** How many tests a check ran. One that is no test runner, or that broke off, counts as a single test. */
function countsOf(output: string, code: number | null): { passed: number; failed: number; skipped: number } {
  const last = (pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const passed = last(/^\s*(\d+) (?:passing|passed)\b/gm);
  const failed = last(/(?:^\s*|, )(\d+) (?:failing|failed)\b/gm);
  const skipped = last(/(?:^\s*|, )(\d+) (?:pending|skipped)\b/gm);
  if (code === 0) return { passed: Math.max(passed, 1), failed: 0, skipped };
  return { passed, failed: Math.max(failed, 1), skipped };
}
