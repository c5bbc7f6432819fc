// The module that the extension host loads: runs what plan.json beside it says.
import { Console } from 'node:console';
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire, findSourceMap } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type Mocha from 'mocha';
import type { HostPlan, HostResult } from './plan.ts';

/**
 * Sends the console to a file, at once and whole: VS Code's own way to the tests' starter shortens long output, and
 * loses what is under way when the host dies. `process.stdout` and `process.stderr` end up there as well, because VS
 * Code passes them to the console.
 */
function redirectConsole(file: string): void {
  const fd = openSync(file, 'a');
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
      done();
    },
  });
  // VS Code makes the methods of its console read-only, but not the global itself.
  globalThis.console = new Console({ stdout: stream, stderr: stream });
}

async function runFile(file: string): Promise<HostResult> {
  const module: unknown = createRequire(file)(file);
  const run: unknown = (module as { run?: unknown } | null | undefined)?.run;
  if (typeof run !== 'function') throw new Error(`${file} exports no function named run`);
  await Reflect.apply(run, module, []);
  return { ok: true };
}

/** Makes a stack name the lines of the TypeScript files: VS Code's own way to write stacks passes over source maps. */
function mapStack(stack: string): string {
  return stack.replaceAll(/\(?([^\s()]+\.cjs):(\d+):(\d+)\)?/g, (place, file: string, line: string, column: string) => {
    const entry = findSourceMap(path.resolve(file))?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    return `(${path.relative(process.cwd(), fileURLToPath(entry.originalSource))}:${entry.originalLine + 1})`;
  });
}

async function runSuite({ bundles, grep, repository }: NonNullable<HostPlan['suite']>): Promise<HostResult> {
  const loaded = createRequire(path.join(repository, 'package.json'))('mocha') as
    typeof Mocha | { default: typeof Mocha };
  const Runner = 'default' in loaded ? loaded.default : loaded;
  process.setSourceMapsEnabled(true);
  const mocha = new Runner({ ui: 'bdd', reporter: 'spec', timeout: 30_000, forbidOnly: true, color: false });
  if (grep !== undefined) mocha.grep(new RegExp(grep));
  for (const bundle of bundles) mocha.addFile(bundle);
  await mocha.loadFilesAsync();
  const stats = await new Promise<Mocha.Stats>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats!));
    runner.on('fail', (_test, error: Error) => {
      if (error.stack) error.stack = mapStack(error.stack);
    });
  });
  const ok = stats.failures === 0 && stats.passes > 0;
  return { ok, stats: { passed: stats.passes, failed: stats.failures, pending: stats.pending } };
}

/** The text of what a module threw, without the stack lines of VS Code and of this module. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const lines = (error.stack ?? error.message).split('\n');
  return lines
    .filter((line) => !/^\s+at .*(extensionHostProcess\.js|\/entry\.cjs|\(node:internal\/)/.test(line))
    .join('\n');
}

/** Called by VS Code; what it throws makes VS Code end with a failure. */
export async function run(): Promise<void> {
  const plan = JSON.parse(readFileSync(path.join(__dirname, 'plan.json'), 'utf8')) as HostPlan;
  redirectConsole(plan.output);
  let result: HostResult = { ok: false };
  try {
    if (plan.file !== undefined) result = await runFile(plan.file);
    else if (plan.suite !== undefined) result = await runSuite(plan.suite);
  } catch (error) {
    console.error(describe(error));
  }
  writeFileSync(plan.result, JSON.stringify(result));
  if (result.ok) return;
  const failure = new Error('The tests failed.');
  failure.stack = failure.message;
  throw failure;
}
