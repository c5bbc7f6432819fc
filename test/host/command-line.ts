import path from 'node:path';
import { parseArgs } from 'node:util';

/** What a run of the host tests is asked to do; paths are absolute. */
export interface HostCommand {
  /** One CommonJS module with a `run()`, instead of the test suite. */
  file: string | undefined;
  /** The folder the window opens, used as it is; a fresh copy of the fixture workspace if missing. */
  workspace: string | undefined;
  /** Runs only the tests whose full title matches this regular expression. */
  grep: string | undefined;
  /** The extensions to load from source instead of the one in this repository. */
  extensions: string[];
  /** When a run counts as hung. */
  limitMs: number;
}

const USAGE = `Usage: run.ts [--grep PATTERN] [--timeout SECONDS]
       run.ts --file PATH.cjs [--workspace DIR] [--timeout SECONDS]

Runs the tests below test/host inside VS Code, or one CommonJS module that exports run().
  --grep PATTERN      only tests whose full title matches
  --file PATH         a module outside the suite; its console is printed, its end decides the exit code
  --workspace DIR     the folder to open, used as it is
  --extension DIR     an extension to load instead of this repository's; may be repeated
  --timeout SECONDS   when a run counts as hung (600; with --file 300)
VSCODE_TEST=desktop uses the newest desktop VS Code, VSCODE_TEST=oldest the oldest supported one; both are downloaded.`;

/** Reads the command line; relative paths count from `cwd`. Throws with the usage when it is wrong. */
export function parseHostCommand(argv: readonly string[], cwd: string): HostCommand {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        file: { type: 'string' },
        workspace: { type: 'string' },
        grep: { type: 'string' },
        extension: { type: 'string', multiple: true },
        timeout: { type: 'string' },
      },
    }));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
  const seconds = Number(values.timeout ?? (values.file === undefined ? 600 : 300));
  if (!(seconds > 0)) throw new Error(`--timeout takes a number of seconds\n\n${USAGE}`);
  const absolute = (file: string | undefined) => (file === undefined ? undefined : path.resolve(cwd, file));
  return {
    file: absolute(values.file),
    workspace: absolute(values.workspace),
    grep: values.grep,
    extensions: (values.extension ?? []).map((folder) => path.resolve(cwd, folder)),
    limitMs: seconds * 1000,
  };
}
