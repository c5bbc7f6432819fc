import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { invalidArgument, type ProblemError } from '../problem.ts';
import { diskProblem, writeProblem } from './diskProblem.ts';

/** A file to be made in a folder. */
export interface WholeFile {
  /** An absolute path; it is made when it is missing. */
  folder: string;
  /** The path below it, with slashes. */
  path: string;
  /** Whether a file that is there already is written over. */
  replace: boolean;
}

/**
 * Writes a file that is there whole or not at all: it gets its name when all of it lies on the disk. What fails leaves
 * neither a file nor a folder that was not there.
 * @returns its absolute path
 * @throws ProblemError for what the disk refuses; what the content throws
 */
export async function writeWhole(
  { folder, path: name, replace }: WholeFile,
  content: AsyncIterable<Buffer>,
): Promise<string> {
  const file = path.join(folder, ...name.split('/'));
  const parent = path.dirname(file);
  const begun = path.join(parent, `.s3-destinations-${randomBytes(6).toString('hex')}.part`);
  let made: string | undefined;
  try {
    made = await onDisk(file, () => mkdir(parent, { recursive: true }));
    await refuseOutside(folder, parent);
    const handle = await onDisk(file, () => open(begun, 'wx'));
    try {
      for await (const chunk of content) await onDisk(file, () => handle.writeFile(chunk));
      await onDisk(file, () => handle.sync());
    } finally {
      await handle.close();
    }
    if (!replace && (await isThere(file))) throw alreadyThere(file);
    await onDisk(file, () => rename(begun, file));
    return file;
  } catch (error) {
    await rm(begun, { force: true }).catch(() => undefined);
    if (made !== undefined) await removeEmpty(parent, made);
    throw error;
  }
}

/** Whether there is something of that name. */
export async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/** What is said when a file must not be written over. */
export function alreadyThere(file: string): ProblemError {
  return invalidArgument(`There is a file ${file} already.`, 'Pass “overwrite”, or choose another folder.');
}

/** A link that lies in the folder may lead anywhere. */
async function refuseOutside(folder: string, parent: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(parent)]);
  const way = path.relative(root, real);
  if (way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way)) {
    throw invalidArgument(`${parent} leads out of ${folder}.`, 'Choose a folder without links.');
  }
}

/** Removes folders upwards as long as they are empty, and not beyond the first that was made. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let at = folder; at.startsWith(first); at = path.dirname(at)) {
    const gone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!gone) return;
  }
}

async function onDisk<R>(file: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw diskProblem(error) ?? writeProblem(file, error);
  }
}
