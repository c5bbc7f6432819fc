// Builds the three bundles. Flags: --watch, --production (minified, no source maps, size budgets enforced).
import { rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { thirdPartyNotices } from './notices.mjs';

const root = path.dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** The size each minified bundle must stay under, in bytes. */
const budgets = {
  'dist/extension.cjs': 100_000,
  'dist/run.cjs': 200_000,
  'dist/s3.cjs': 650_000,
  'dist/credentials.cjs': 450_000,
  'dist/profiles.cjs': 100_000,
  'dist/problems.cjs': 60_000,
  'dist/check.cjs': 60_000,
  'dist/report.cjs': 60_000,
  'dist/preflight.cjs': 20_000,
  'dist/diagnose.cjs': 60_000,
  'dist/repair.cjs': 60_000,
  'dist/syncs.cjs': 150_000,
  'dist/outputs.cjs': 80_000,
  'dist/remove.cjs': 60_000,
  'dist/form.cjs': 100_000,
  'dist/destinations.cjs': 60_000,
  'dist/table.cjs': 30_000,
  'dist/look.cjs': 120_000,
  'dist/objects.cjs': 60_000,
  'dist/compare.cjs': 100_000,
  'dist/compareReport.cjs': 20_000,
  'dist/exporter.cjs': 500_000,
  'dist/pipeReader.cjs': 10_000,
  'dist/destinationForm.js': 150_000,
  'dist/table.js': 750_000,
};

/** What the extension loads when it is first needed: modules that are imported with `import()`, a bundle for each. */
const onFirstUse = {
  'src/core/s3/store.ts': 's3',
  'src/core/sync/exportRun.ts': 'run',
  'src/core/sync/previewRun.ts': 'preview',
  'src/core/sync/recovery.ts': 'recovery',
  'src/core/sync/runHistory.ts': 'history',
  'src/core/engine/describeQuery.ts': 'describe',
  'src/core/s3/credentialLoader.ts': 'credentials',
  'src/core/s3/profiles.ts': 'profiles',
  'src/vscode/destinations/form/destinationForm.ts': 'form',
  'src/vscode/destinations/destinationActions.ts': 'destinations',
  'src/core/diagnose/checkDestination.ts': 'check',
  'src/core/diagnose/checkReport.ts': 'report',
  'src/core/diagnose/preflight.ts': 'preflight',
  'src/vscode/diagnose/checkCommands.ts': 'diagnose',
  'src/vscode/diagnose/repair.ts': 'repair',
  'src/vscode/table/showTable.ts': 'table',
  'src/vscode/look/looking.ts': 'look',
  'src/vscode/objects/objectActions.ts': 'objects',
  'src/vscode/syncs/syncs.ts': 'syncs',
  'src/vscode/outputs/outputBranches.ts': 'outputs',
  'src/vscode/outputs/removeActions.ts': 'remove',
  'src/core/compare/compareRuns.ts': 'compare',
  'src/core/compare/compareReport.ts': 'compareReport',
};

/** What several of the bundles above need and is loaded with the first of them: modules that have a bundle of their own. */
const shared = { 'src/core/diagnose/s3Problem.ts': 'problems' };

/** Fails the build when a file that must run without VS Code imports it. */
const vscodeStaysOut = {
  name: 'vscode-stays-out-of-the-core',
  setup(build) {
    build.onResolve({ filter: /^vscode$/ }, ({ importer }) => {
      const file = path.relative(root, importer).replaceAll('\\', '/');
      if (/^src\/(core|exporter|webview)\//.test(file)) return { errors: [{ text: `${file} must not import vscode` }] };
      return { path: 'vscode', external: true };
    });
  },
};

/** Turns imports of a module that has a bundle of its own into a load of the bundle next door. */
const loadOnFirstUse = {
  name: 'load-on-first-use',
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path: specifier, resolveDir, kind }) => {
      const file = path.relative(root, path.resolve(resolveDir, specifier)).replaceAll('\\', '/');
      const bundle = kind === 'dynamic-import' ? onFirstUse[file] : kind === 'import-statement' && shared[file];
      return !bundle ? undefined : { path: `./${bundle}.cjs`, external: true };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  minify: production,
  sourcemap: !production,
  sourcesContent: false,
  metafile: true,
  logLevel: 'info',
  legalComments: 'none',
  // Its main file loads its parts in a way that cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Loads go through `require`, where the editor puts its proxy support in.
  supported: { 'dynamic-import': false },
};
const bundles = [
  {
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.cjs',
    plugins: [vscodeStaysOut, loadOnFirstUse],
  },
  ...Object.entries({ ...onFirstUse, ...shared }).map(([entry, bundle]) => ({
    ...common,
    entryPoints: [entry],
    outfile: `dist/${bundle}.cjs`,
    plugins: [vscodeStaysOut, loadOnFirstUse],
  })),
  {
    ...common,
    entryPoints: { exporter: 'src/exporter/main.ts', pipeReader: 'src/exporter/pipeReader.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    plugins: [vscodeStaysOut],
    external: ['@duckdb/node-api'],
    // By which the exporter finds the program of its thread.
    define: { 'import.meta.filename': '__filename' },
  },
  ...['destinationForm', 'table'].map((page) => ({
    ...common,
    entryPoints: [`src/webview/${page}.ts`, `src/webview/${page}.css`],
    outdir: 'dist',
    platform: 'browser',
    format: 'iife',
    target: 'chrome128',
    supported: {},
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    plugins: [vscodeStaysOut],
  })),
];

function checkBudgets() {
  let over = false;
  for (const [file, budget] of Object.entries(budgets)) {
    const { size } = statSync(path.join(root, file));
    if (size <= budget) continue;
    console.error(`${file}: ${size} bytes are over its budget of ${budget}`);
    over = true;
  }
  if (over) process.exit(1);
}

if (watch) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
} else {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  const built = await Promise.all(bundles.map((options) => esbuild.build(options)));
  const inputs = new Set(built.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
  writeFileSync(path.join(root, 'dist/THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(root, inputs));
  if (production) checkBudgets();
}
