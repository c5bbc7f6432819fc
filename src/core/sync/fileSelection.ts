import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SourceFile } from '../../exporter/protocol.ts';
import { invalidArgument, ProblemError } from '../problem.ts';

/** A folder that names are relative to. */
export interface Root {
  path: string;
  /** Stands before the names, where there are several roots; empty otherwise. */
  name: string;
}

/** What a selection of files and folders comes to. */
export interface FileSelection {
  /** By name. */
  files: SourceFile[];
  /** Bytes of the largest. */
  largest: number;
  /** Paths that were found but are no files to export, with the reason. */
  leftOut: string[];
}

/** What a folder holds besides its own files; to be had all the same by selecting it. */
const NOT_WALKED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/**
 * Finds the files of a selection: those selected, and all in the folders selected but `.git` and `node_modules`. Links that
 * lead out of the folder selected and of the roots are left out, as are links to nowhere and what is no file.
 * @param selected absolute paths
 * @param roots names are relative to the innermost of them; outside, to the folder that the selected have in common
 * @throws ProblemError `source-missing` for what cannot be read, `invalid-argument` when there is no file, or when two
 * would have the same name
 */
export async function selectFiles(selected: readonly string[], roots: readonly Root[]): Promise<FileSelection> {
  const paths = [...new Set(selected.map((item) => path.resolve(item)))];
  const found = new Map<string, number>();
  const leftOut: string[] = [];
  for (const item of paths) {
    const stats = await attempt(item, () => stat(item));
    if (stats.isDirectory()) {
      const inside = [item, ...roots.filter((root) => isWithin(item, root.path)).map((root) => root.path)];
      const walk = new Walk(await Promise.all(inside.map((folder) => realpath(folder))), found, leftOut);
      await walk.folder(item);
    } else if (stats.isFile()) found.set(item, stats.size);
    else throw missing(item, 'it is not a file');
  }
  const outside = commonFolder(paths.filter((item) => roots.every((root) => !isWithin(item, root.path))));
  const files = [...found.keys()].map((file) => ({ path: file, name: nameOf(file, roots, outside) }));
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length === 0)
    throw invalidArgument('There are no files to export.', 'Choose files, or folders with files.');
  const twice = files.find(({ name }, i) => name === files[i + 1]?.name);
  if (twice !== undefined) throw invalidArgument(`Two of the files would be called “${twice.name}”.`);
  return { files, largest: Math.max(...found.values()), leftOut };
}

/** Goes through a folder. Each real folder is visited once, so that links cannot lead in a circle. */
class Walk {
  readonly #inside: readonly string[];
  readonly #found: Map<string, number>;
  readonly #leftOut: string[];
  readonly #visited = new Set<string>();
  readonly #links: string[] = [];

  /** @param inside where links may lead, as real paths */
  constructor(inside: readonly string[], found: Map<string, number>, leftOut: string[]) {
    this.#inside = inside;
    this.#found = found;
    this.#leftOut = leftOut;
  }

  async folder(start: string): Promise<void> {
    await this.#visit(start);
    // Real folders come first: what can be had under its own name is not taken under that of a link.
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) await this.#visit(link);
  }

  async #visit(folder: string): Promise<void> {
    const real = await attempt(folder, () => realpath(folder));
    if (this.#visited.has(real)) return;
    this.#visited.add(real);
    for (const entry of await attempt(folder, () => readdir(folder, { withFileTypes: true }))) {
      if (NOT_WALKED.has(entry.name)) continue;
      const item = path.join(folder, entry.name);
      if (entry.isDirectory()) await this.#visit(item);
      else if (entry.isFile()) this.#found.set(item, (await attempt(item, () => lstat(item))).size);
      else if (entry.isSymbolicLink()) await this.#link(item);
      else this.#leftOut.push(`${item}: it is not a file`);
    }
  }

  async #link(item: string): Promise<void> {
    const real = await realpath(item).catch(() => undefined);
    const stats = real === undefined ? undefined : await stat(real).catch(() => undefined);
    if (real === undefined || stats === undefined) this.#leftOut.push(`${item}: the link leads nowhere`);
    else if (!this.#inside.some((folder) => isWithin(real, folder))) {
      this.#leftOut.push(`${item}: the link leads out of the folder`);
    } else if (stats.isDirectory()) {
      if (!NOT_WALKED.has(path.basename(real))) this.#links.push(item);
    } else if (stats.isFile()) this.#found.set(item, stats.size);
    else this.#leftOut.push(`${item}: it is not a file`);
  }
}

function nameOf(file: string, roots: readonly Root[], outside: string): string {
  const [root] = roots
    .filter((candidate) => isWithin(file, candidate.path))
    .sort((a, b) => b.path.length - a.path.length);
  const relative = path
    .relative(root?.path ?? outside, file)
    .split(path.sep)
    .join('/');
  // Where drives differ there is no folder in common.
  const name = path.isAbsolute(relative) ? relative.replace(/^([A-Za-z]):\//, '$1/') : relative;
  return root === undefined || root.name === '' ? name : `${root.name}/${name}`;
}

/** The innermost folder that holds all of the paths. */
function commonFolder(paths: readonly string[]): string {
  const [first = path.sep, ...others] = paths.map((item) => path.dirname(item));
  let common = first;
  while (!others.every((item) => isWithin(item, common)) && path.dirname(common) !== common)
    common = path.dirname(common);
  return common;
}

function isWithin(item: string, folder: string): boolean {
  const relative = path.relative(folder, item);
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative));
}

async function attempt<R>(item: string, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw missing(item, code === 'ENOENT' ? 'it does not exist' : message, error);
  }
}

function missing(item: string, reason: string, cause?: unknown): ProblemError {
  return new ProblemError({ code: 'source-missing', message: `“${item}” cannot be read: ${reason}.` }, { cause });
}
