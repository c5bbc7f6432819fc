import { hasControlCharacter, syncFolder } from '../destination/keys.ts';
import { invalidArgument } from '../problem.ts';
import { fileName } from './fileName.ts';
import { type RunId, runIdText } from './runId.ts';

/** S3's limit, in UTF-8. */
const MAX_KEY_BYTES = 1024;

/** Where a run's files go, and what they are called there. */
export interface RunPlace {
  pathPrefix: string;
  syncId: string;
  run: RunId;
  /** The template for files that have no names of their own. */
  fileName: string;
  /** Of those files, such as `csv.gz`. */
  extension: string;
}

/** Makes the keys of a run's files, each of them once. */
export class RunKeys {
  readonly #place: RunPlace;
  readonly #made = new Set<string>();

  constructor(place: RunPlace) {
    this.#place = place;
  }

  /** Refuses names, before the work begins, that cannot be part of a key. @throws ProblemError `invalid-argument` */
  check(names: readonly string[]): void {
    const { pathPrefix, syncId, run } = this.#place;
    for (const name of names) namedKey(pathPrefix, syncId, run, name);
  }

  /**
   * The key of the next file.
   * @param name its path, for a file that has a name of its own: it goes into a folder of the run
   * @throws ProblemError `invalid-argument` for a key that S3 would refuse, or that another file of the run has
   */
  next(name: string | undefined): string {
    const { pathPrefix, syncId, run } = this.#place;
    const key =
      name === undefined
        ? syncFolder(pathPrefix, syncId) + fileName(this.#place.fileName, this.#place, this.#made.size)
        : namedKey(pathPrefix, syncId, run, name);
    if (this.#made.has(key)) {
      if (name !== undefined)
        throw invalidArgument(`Two of the files would be called “${name}”.`, 'Rename one of them.');
      const message = 'The run makes several files, but “fileName” gives them all one name.';
      throw invalidArgument(message, 'Put {part} into the file name.');
    }
    this.#made.add(key);
    return key;
  }
}

/**
 * The key of a file that keeps its name.
 * @throws ProblemError `invalid-argument` for a name that is too long or that no listing could show
 */
function namedKey(pathPrefix: string, syncId: string, run: RunId, name: string): string {
  const key = `${syncFolder(pathPrefix, syncId)}${runIdText(run)}/${name}`;
  if (hasControlCharacter(name)) {
    const shown = name.replace(/\p{Cc}/gu, '\ufffd');
    throw invalidArgument(`The name “${shown}” has control characters, which S3 does not show.`, 'Rename the file.');
  }
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    const message = `The key of “${name}” would have ${bytes} bytes. S3 allows ${MAX_KEY_BYTES}.`;
    throw invalidArgument(message, 'Shorten its path or the path prefix.');
  }
  return key;
}
