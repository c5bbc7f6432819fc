import { globSync, existsSync, readFileSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import esbuild, { type BuildOptions, type Plugin } from 'esbuild';
import { CACHE, REPOSITORY } from '../vscode/install.ts';
import { withLock } from '../vscode/lock.ts';

/** Gives a source file its own place on disk, which it would lose in a CommonJS bundle. */
const importMeta: Plugin = {
  name: 'import-meta',
  setup(build) {
    build.onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path: file }) => {
      const values = { url: pathToFileURL(file).href, filename: file, dirname: path.dirname(file) };
      const contents = readFileSync(file, 'utf8').replaceAll(
        /\bimport\.meta\.(url|filename|dirname)\b/g,
        (_all, name: keyof typeof values) => JSON.stringify(values[name]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

const common: BuildOptions = {
  absWorkingDir: REPOSITORY,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  sourcemap: 'inline',
  sourcesContent: false,
  external: ['vscode', 'mocha', '@duckdb/node-api'],
  plugins: [importMeta],
  logLevel: 'error',
};

/** Bundles the module the extension host loads into `folder`; returns its path. */
export async function bundleEntry(folder: string): Promise<string> {
  const outfile = path.join(folder, 'entry.cjs');
  await esbuild.build({ ...common, entryPoints: [path.join(import.meta.dirname, 'entry.ts')], outfile });
  return outfile;
}

/** Bundles every `*.test.ts` below `test/host` into `folder`, one bundle each; returns their paths in the order of the names. */
export async function bundleTests(folder: string): Promise<string[]> {
  const tests = globSync('test/host/**/*.test.ts', { cwd: REPOSITORY }).sort();
  if (tests.length === 0) return [];
  await esbuild.build({
    ...common,
    entryPoints: tests,
    outdir: folder,
    outbase: path.join(REPOSITORY, 'test/host'),
    outExtension: { '.js': '.cjs' },
  });
  return tests.map((test) => path.join(folder, path.relative('test/host', test).replace(/\.ts$/, '.cjs')));
}

function isBuilt(): boolean {
  const bundles = ['dist/extension.cjs', 'dist/s3.cjs', 'dist/exporter.cjs'].map((file) => path.join(REPOSITORY, file));
  if (!bundles.every((file) => existsSync(file))) return false;
  const built = Math.min(...bundles.map((file) => statSync(file).mtimeMs));
  const sources = [...globSync('src/**', { cwd: REPOSITORY }), 'esbuild.mjs', 'package.json'];
  return sources.every((file) => statSync(path.join(REPOSITORY, file)).mtimeMs <= built);
}

/**
 * Builds the extension into `dist` when a source is newer than the bundles there. Runs that come together build once:
 * a build takes away the bundles that another run may be about to load.
 */
export async function ensureBuilt(): Promise<void> {
  if (isBuilt()) return;
  await withLock(path.join(CACHE, 'build.lock'), async () => {
    if (isBuilt()) return;
    const child = spawn(process.execPath, ['esbuild.mjs'], { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`The extension does not build:\n${output}`);
  });
}
