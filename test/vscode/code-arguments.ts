import path from 'node:path';

/** What the command line of `code` asks for, as far as it matters to a test run; paths are absolute. */
export interface CodeArguments {
  /** The module whose `run` is called. */
  testsPath: string;
  /** Folders of extensions to load from source. */
  extensions: string[];
  /** The folder or workspace file to open. */
  folder: string | undefined;
  userDataDir: string | undefined;
  extensionsDir: string | undefined;
  /** Start-up options of the workbench. */
  payload: [string, string][];
  /** Arguments for the server. */
  serverArguments: string[];
}

/** Options of the desktop that have a value and no meaning here. */
const IGNORED_WITH_VALUE = new Set([
  'crash-reporter-directory',
  'inspect-brk-extensions',
  'inspect-extensions',
  'locale',
  'log',
  'profile',
]);

/**
 * Reads the arguments a test runner gives to `code`; relative paths count from `cwd`. Options it does not know are
 * ignored, as most have no meaning without a desktop. `undefined` when they do not ask for a test run.
 */
export function parseCodeArguments(argv: readonly string[], cwd: string): CodeArguments | undefined {
  const absolute = (file: string) => path.resolve(cwd, file);
  const parsed: CodeArguments = {
    testsPath: '',
    extensions: [],
    folder: undefined,
    userDataDir: undefined,
    extensionsDir: undefined,
    payload: [],
    serverArguments: [],
  };
  for (let i = 0; i < argv.length; i++) {
    const [, name, attached] = /^--([A-Za-z-]+)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
    const value = () => attached ?? argv[++i] ?? '';
    if (name === undefined) parsed.folder ??= absolute(argv[i]!);
    else if (name === 'extensionDevelopmentPath') parsed.extensions.push(absolute(value()));
    else if (name === 'extensionTestsPath') parsed.testsPath = absolute(value());
    else if (name === 'user-data-dir') parsed.userDataDir = absolute(value());
    else if (name === 'extensions-dir') parsed.extensionsDir = absolute(value());
    else if (name === 'folder-uri' || name === 'file-uri')
      parsed.folder ??= decodeURIComponent(new URL(value()).pathname);
    else if (name === 'disable-extensions') parsed.payload.push(['disableExtensions', 'true']);
    else if (name === 'enable-proposed-api') parsed.payload.push(['enableProposedApi', attached ?? '']);
    else if (name === 'disable-extension') parsed.serverArguments.push('--disable-extension', value());
    else if (name === 'install-extension') {
      parsed.serverArguments.push('--install-extension', value(), '--start-server');
    } else if (IGNORED_WITH_VALUE.has(name)) value();
  }
  return parsed.testsPath && parsed.extensions.length > 0 ? parsed : undefined;
}
