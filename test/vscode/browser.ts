import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import type { EditorPaths } from './install.ts';

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-sync',
  '--no-first-run',
];

/** A browser that runs on this machine, and the environment variables it needs beside our own. */
export interface BrowserCommand {
  executablePath: string;
  env: Record<string, string>;
}

async function failureOf({ executablePath, env }: BrowserCommand): Promise<string | undefined> {
  try {
    await promisify(execFile)(executablePath, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr?.trim() ? stderr : message).trim().split('\n').at(-1);
  }
}

/**
 * Finds a Chromium that runs: the one named by the variable `VSCODE_TEST_CHROMIUM`, else the one from npm (if need be
 * with the shared libraries packed beside it), else one of the system. Throws when none does, saying what to install.
 */
export async function findChromium(editor: EditorPaths): Promise<BrowserCommand> {
  const named = process.env.VSCODE_TEST_CHROMIUM;
  const candidates: BrowserCommand[] = named ? [{ executablePath: named, env: {} }] : [];
  if (!named && editor.chromium) {
    candidates.push({ executablePath: editor.chromium, env: {} });
    if (editor.chromiumLibraries) {
      candidates.push({ executablePath: editor.chromium, env: { LD_LIBRARY_PATH: editor.chromiumLibraries } });
    }
  }
  if (!named) {
    candidates.push(...SYSTEM_BROWSERS.filter(existsSync).map((executablePath) => ({ executablePath, env: {} })));
  }
  const failures: string[] = [];
  for (const candidate of candidates) {
    const failure = await failureOf(candidate);
    if (failure === undefined) return candidate;
    failures.push(`  ${candidate.executablePath}: ${failure}`);
  }
  throw new Error(
    [
      'No Chromium runs on this machine.',
      ...failures,
      'On Debian and Ubuntu, `apt-get install libnss3 libnspr4 libexpat1` lets the one from npm run;',
      '`apt-get install chromium` brings one of the system. VSCODE_TEST_CHROMIUM names any other.',
    ].join('\n'),
  );
}

/** A running headless browser with one page. */
export interface Browser {
  context: BrowserContext;
  page: Page;
  /** Ends the browser; never throws, and may be called twice. */
  close(): Promise<void>;
}

/** How a browser is started. */
export interface BrowserOptions {
  /** A folder for cookies and local storage that outlives the browser; otherwise they go with it. */
  profileDir?: string;
  /** The size of the page in CSS pixels; 1280 × 800 unless told. */
  viewport?: { width: number; height: number };
  /** Device pixels per CSS pixel, for sharper screenshots. */
  scale?: number;
}

/** Starts a headless Chromium that may use the clipboard. It ends with this process, however that ends. */
export async function launchBrowser(editor: EditorPaths, options: BrowserOptions = {}): Promise<Browser> {
  const { executablePath, env } = await findChromium(editor);
  const launch = {
    executablePath,
    args: ARGUMENTS,
    env: { ...process.env, ...env } as Record<string, string>,
    // The harness has its own handlers, which stop the server as well.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  };
  const contextOptions = {
    viewport: options.viewport ?? { width: 1280, height: 800 },
    deviceScaleFactor: options.scale ?? 1,
    permissions: ['clipboard-read', 'clipboard-write'],
  };
  if (options.profileDir) {
    const context = await chromium.launchPersistentContext(options.profileDir, { ...launch, ...contextOptions });
    const page = context.pages()[0] ?? (await context.newPage());
    return { context, page, close: () => context.close().catch(() => undefined) };
  }
  const browser = await chromium.launch(launch);
  const context = await browser.newContext(contextOptions);
  return { context, page: await context.newPage(), close: () => browser.close().catch(() => undefined) };
}
