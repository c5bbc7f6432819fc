// The process of the VS Code server: `node server-process.ts '<options as JSON>' <arguments of the server>`.
// It runs the server in itself, ends with the process that started it, and answers two things the server does not.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the starting process asks for; all paths are absolute. */
export interface ServerProcessOptions {
  serverMain: string;
  /** Holds what windows prove themselves with; the server keeps that in a cookie of theirs. */
  tokenFile: string;
  /** Where half of the key that seals the secrets of extensions is kept. */
  keyFile: string;
  /** Folders of extensions that every window loads from source. */
  developmentExtensions: string[];
}

const KEY_BYTES = 32;

function keyHalf(file: string): Buffer {
  try {
    const key = readFileSync(file);
    if (key.length === KEY_BYTES) return key;
  } catch {
    // The first window on this data folder: there is no key yet.
  }
  const key = randomBytes(KEY_BYTES);
  writeFileSync(file, key, { mode: 0o600 });
  return key;
}

/** Adds the extensions to the settings in the workbench page, where the page's own script reads them from. */
function withDevelopmentExtensions(page: string, folders: string[], authority: string): string {
  const settings = /(id="vscode-workbench-web-configuration" data-settings=")([^"]*)"/;
  return page.replace(settings, (_all, start: string, escaped: string) => {
    const value = JSON.parse(escaped.replaceAll('&quot;', '"')) as { developmentOptions?: object };
    const extensions = folders.map((folder) => ({ scheme: 'vscode-remote', authority, path: path.resolve(folder) }));
    value.developmentOptions = { ...value.developmentOptions, extensions };
    return `${start}${JSON.stringify(value).replaceAll('"', '&quot;')}"`;
  });
}

function handle(request: http.IncomingMessage, response: http.ServerResponse, options: ServerProcessOptions): boolean {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  // code-server's front door, which is not used here, mints the key; without an answer a secret lives as long as a page.
  if (request.method === 'POST' && pathname === '/mint-key') {
    const token = readFileSync(options.tokenFile, 'utf8').trim();
    if (!(request.headers.cookie ?? '').split(/;\s*/).includes(`vscode-tkn=${token}`)) {
      response.writeHead(403).end();
      return true;
    }
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(keyHalf(options.keyFile));
    return true;
  }
  if (request.method === 'GET' && pathname === '/' && options.developmentExtensions.length > 0) {
    const end = response.end.bind(response) as (chunk?: unknown, ...rest: unknown[]) => http.ServerResponse;
    const authority = request.headers.host ?? '';
    response.end = (chunk?: unknown, ...rest: unknown[]) =>
      end(
        typeof chunk === 'string' ? withDevelopmentExtensions(chunk, options.developmentExtensions, authority) : chunk,
        ...rest,
      );
  }
  return false;
}

const options = JSON.parse(process.argv[2] ?? '') as ServerProcessOptions;

// The pipe from the starting process closes when that process is gone, also when it was killed. The group goes with it:
// the server, the extension hosts, and what those have started.
process.stdin.on('error', () => undefined);
process.stdin.once('close', () => process.kill(-process.pid, 'SIGKILL'));
process.stdin.resume();

type Emit = (this: http.Server, event: string, ...args: unknown[]) => boolean;
const prototype = http.Server.prototype as unknown as { emit: Emit };
const emit = prototype.emit;
prototype.emit = function (event, ...args) {
  if (event === 'request') {
    const [request, response] = args as [http.IncomingMessage, http.ServerResponse];
    if (handle(request, response, options)) return true;
  }
  return emit.call(this, event, ...args);
};

process.argv.splice(1, 2, options.serverMain);
await import(pathToFileURL(options.serverMain).href);
