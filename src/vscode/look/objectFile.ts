import * as vscode from 'vscode';
import { destinationPart, pathPart } from '../../core/look/objectPath.ts';
import { ObjectFiles } from '../../core/look/objectFiles.ts';
import { ObjectPreview } from '../../core/look/objectPreview.ts';
import { ProblemError } from '../../core/problem.ts';
import { refuseOutside } from '../../core/sync/outputs.ts';
import type { FileSystemContext } from './objectFileSystem.ts';
import type { NamedFile } from './objectUri.ts';

/** What a name of the file system stands for. @throws ProblemError */
export async function statFile(context: FileSystemContext, file: NamedFile): Promise<vscode.FileStat> {
  if (file.destination === '') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  const stat = await (await filesOf(context, file)).stat(file.key, file.packed);
  if (stat.type === 'folder') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
  const { size, lastModified, etag = '' } = stat.facts;
  const mtime = (lastModified?.getTime() ?? 0) + fractionOf(etag);
  return { type: vscode.FileType.File, ctime: mtime, mtime, size, permissions: vscode.FilePermission.Readonly };
}

/** As `statFile`, but never throws. @returns undefined where it cannot be found out */
export async function lookAtFile(
  context: FileSystemContext,
  file: NamedFile,
): Promise<vscode.FileStat | 'gone' | undefined> {
  try {
    return await statFile(context, file);
  } catch (error) {
    return error instanceof ProblemError && error.code === 'source-missing' ? 'gone' : undefined;
  }
}

/** What lies in a folder; at the top, the destinations. @throws ProblemError */
export async function listFolder(context: FileSystemContext, file: NamedFile): Promise<[string, vscode.FileType][]> {
  if (file.destination === '') {
    return context.destinations.list().map(({ name }) => [destinationPart(name), vscode.FileType.Directory]);
  }
  const entries = await (await filesOf(context, file)).list(file.key);
  return entries.map(([name, type]) => [
    pathPart(name),
    type === 'folder' ? vscode.FileType.Directory : vscode.FileType.File,
  ]);
}

/** A file's content, or only the beginning of it where the name says so. @throws ProblemError */
export async function readFile(context: FileSystemContext, file: NamedFile): Promise<Uint8Array> {
  const files = await filesOf(context, file);
  if (file.rows === undefined) return files.read(file.key, file.packed);
  const { destination, store } = await context.stores.get(file.destination);
  const stat = await files.stat(file.key, file.packed);
  if (stat.type === 'folder') throw new ProblemError({ code: 'source-missing', message: `${file.key} is a folder.` });
  refuseOutside(destination.pathPrefix, [stat.key]);
  const preview = await ObjectPreview.open(store, destination, stat.key, { rows: file.rows });
  preview.dispose();
  return Buffer.from(preview.text);
}

/** Stores tell whole seconds, and editors take files of one time and size for one: milliseconds that tell contents apart. */
function fractionOf(etag: string): number {
  return Buffer.from(etag).reduce((sum, byte) => (sum * 31 + byte) % 1000, 0);
}

async function filesOf(
  { destinations, stores }: FileSystemContext,
  { destination: name }: NamedFile,
): Promise<ObjectFiles> {
  if (!destinations.has(name)) {
    throw new ProblemError({ code: 'source-missing', message: `There is no destination ${name}.` });
  }
  const { destination, store } = await stores.get(name);
  return new ObjectFiles(store, destination);
}
