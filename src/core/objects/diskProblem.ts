import { ProblemError } from '../problem.ts';

/** A disk of this machine that is full, if that is what an error says. */
export function diskProblem(error: unknown): ProblemError | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  const message = 'The disk of this machine is full. Nothing was written.';
  return new ProblemError({ code: 'disk-full', message, fix: 'Free some space.' }, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the permission is missing',
  EPERM: 'the permission is missing',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'there is a file where a folder should be',
  EEXIST: 'there is a file where a folder should be',
  EISDIR: 'there is a folder of that name',
  ENOTEMPTY: 'there is a folder of that name',
  ENAMETOOLONG: 'its path is too long for this system',
};

/** A file that cannot be written for another reason. */
export function writeProblem(file: string, error: unknown): ProblemError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const text = `The file ${file} cannot be written: ${REASONS[code] ?? message}.`;
  return new ProblemError({ code: 'invalid-argument', message: text, fix: 'Choose another folder.' }, { cause: error });
}
