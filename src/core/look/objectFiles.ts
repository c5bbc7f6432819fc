import type { DestinationFields } from '../destination/destination.ts';
import { formatBytes } from '../format.ts';
import { isDenial, ProblemError } from '../problem.ts';
import type { ObjectFacts } from '../s3/objectRange.ts';
import type { Store } from '../s3/store.ts';
import { refuseOutside } from '../sync/outputs.ts';
import { DamagedGzip, gunzipped, isGzip } from './gunzipped.ts';
import { ObjectBytes } from './objectBytes.ts';

/** What a file or a folder is. */
export type FileStat = { type: 'folder' } | { type: 'file'; key: string; facts: ObjectFacts };

export type FileStore = Pick<Store, 'head' | 'readRange' | 'listLevel'>;

/** A file that is larger is not given to the editor, which would keep it in memory several times. */
export const MAX_FILE_BYTES = 32 << 20;
/** Folders that have more cannot be shown as a list. */
const MAX_ENTRIES = 50_000;
const GZ = '.gz';

/**
 * The objects below a destination's prefix as files and folders. A file is named without the `.gz` that its object has, and
 * its content is unpacked; where both objects are there, the one with `.gz` has its own name and its bytes as they are.
 */
export class ObjectFiles {
  readonly #store: FileStore;
  readonly #pathPrefix: string;

  constructor(store: FileStore, { pathPrefix }: Pick<DestinationFields, 'pathPrefix'>) {
    this.#store = store;
    this.#pathPrefix = pathPrefix;
  }

  /**
   * What a name stands for.
   * @param packed the object's key is the name with `.gz`
   * @throws ProblemError `source-missing` where there is nothing, `invalid-argument` outside the prefix
   */
  async stat(name: string, packed = false): Promise<FileStat> {
    if (`${name}/`.length <= this.#pathPrefix.length || name === '') {
      if (name === '' || this.#pathPrefix.startsWith(`${name}/`)) return { type: 'folder' };
    }
    refuseOutside(this.#pathPrefix, [name]);
    let denial: unknown;
    for (const key of packed ? [name + GZ] : name.endsWith(GZ) ? [name] : [name, name + GZ]) {
      const facts = await this.#store.head(key).catch((error: unknown) => {
        if (!isDenial(error)) throw error;
        denial = error;
        return undefined;
      });
      if (facts !== undefined) return { type: 'file', key, facts };
    }
    const { folders, objects } = await this.#store.listLevel(`${name}/`, { limit: 1 }).catch((error: unknown) => {
      // Who may not list is told that nothing is there by a refusal to look.
      throw denial ?? error;
    });
    if (folders.length + objects.length > 0) return { type: 'folder' };
    throw new ProblemError({ code: 'source-missing', message: `There is no object ${name}.` });
  }

  /** The names in a folder, however many pages they take. @throws ProblemError `unreadable` when they are too many */
  async list(folder: string): Promise<[name: string, type: 'file' | 'folder'][]> {
    const prefix = folder === '' ? '' : `${folder}/`;
    if (prefix.length < this.#pathPrefix.length && this.#pathPrefix.startsWith(prefix)) {
      const [next = ''] = this.#pathPrefix.slice(prefix.length).split('/');
      return [[next, 'folder']];
    }
    if (prefix !== this.#pathPrefix) refuseOutside(this.#pathPrefix, [folder]);
    const folders = new Set<string>();
    const files = new Set<string>();
    let continuation: string | undefined;
    do {
      const level = await this.#store.listLevel(prefix, continuation === undefined ? {} : { continuation });
      for (const key of level.folders) folders.add(key.slice(prefix.length, -1));
      for (const { key } of level.objects) if (key !== prefix) files.add(key.slice(prefix.length));
      if (folders.size + files.size > MAX_ENTRIES) {
        const message = `${folder} has more than ${MAX_ENTRIES.toLocaleString('en-US')} entries.`;
        throw new ProblemError({ code: 'unreadable', message, fix: 'Browse it in the view S3 Destinations.' });
      }
      ({ continuation } = level);
    } while (continuation !== undefined);
    if (folders.size + files.size === 0 && prefix !== this.#pathPrefix) {
      throw new ProblemError({ code: 'source-missing', message: `There is no folder ${folder}.` });
    }
    const named = [...files].map((name) =>
      name.endsWith(GZ) && isFree(name.slice(0, -GZ.length)) ? name.slice(0, -GZ.length) : name,
    );
    // A folder and a file of one name cannot both be shown: the folder leads further.
    const shown = named.filter((name) => !folders.has(name)).map((name): [string, 'file'] => [name, 'file']);
    return [...[...folders].map((name): [string, 'folder'] => [name, 'folder']), ...shown];

    function isFree(name: string): boolean {
      return name !== '' && !files.has(name) && !folders.has(name);
    }
  }

  /** The whole content of a file. @throws ProblemError as `stat`; `unreadable` when it is too large for an editor */
  async read(name: string, packed = false): Promise<Buffer> {
    const stat = await this.stat(name, packed);
    if (stat.type === 'folder') throw new ProblemError({ code: 'source-missing', message: `${name} is a folder.` });
    if (stat.facts.size > MAX_FILE_BYTES) throw tooLarge(stat.key, stat.facts.size);
    const bytes = await ObjectBytes.open(this.#store, stat.key);
    const asItIs = !packed && name.endsWith(GZ);
    const chunks = isGzip(bytes.beginning) && !asItIs ? gunzipped(bytes.chunks()) : bytes.chunks();
    const read: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of chunks) {
        read.push(chunk);
        length += chunk.length;
        if (length > MAX_FILE_BYTES) throw tooLarge(stat.key, stat.facts.size);
      }
    } catch (error) {
      if (!(error instanceof DamagedGzip)) throw error;
      const what = error.truncated ? 'ends too early' : 'is damaged';
      const message = `The gzip of ${stat.key} ${what}, after ${formatBytes(length)} of content.`;
      throw new ProblemError(
        { code: 'unreadable', message, fix: 'Preview what there is, or download it.' },
        { cause: error },
      );
    }
    return Buffer.concat(read);
  }
}

function tooLarge(key: string, size: number): ProblemError {
  const message = `${key} (${formatBytes(size)} at the store) is too large to be opened: it has more than ${formatBytes(MAX_FILE_BYTES)}.`;
  return new ProblemError({ code: 'unreadable', message, fix: 'Preview its beginning, or download it.' });
}
