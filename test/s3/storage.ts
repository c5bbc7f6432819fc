import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ChecksumAlgorithm, Checksums } from './checksums.ts';
import { SortedKeys } from './keys.ts';
import type { Policy } from './policy.ts';

/** A run of bytes: small ones in the journal itself (base64), others in a file of the bucket's data folder. */
export type Segment = { size: number; inline: string } | { size: number; file: string };

/** What is kept of the request headers. */
export interface ObjectHeaders {
  /** Content-Type, Cache-Control and the like, and x-amz-meta-…, as GET gives them back. */
  headers: Record<string, string>;
  storageClass?: string;
  encryption: string;
  kmsKeyId?: string;
  tags?: [key: string, value: string][];
}

/** One version of an object. An object that has been put together from parts keeps their segments. */
export interface StoredObject extends ObjectHeaders {
  key: string;
  /** `null` (as text) in buckets without versioning. */
  versionId: string;
  deleteMarker?: true;
  /** ISO 8601 */
  modified: string;
  size: number;
  /** Without quotes. */
  etag: string;
  segments: Segment[];
  /** Bytes of each part, of objects from a multipart upload. */
  partSizes?: number[];
  checksums: Checksums;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface Part {
  number: number;
  modified: string;
  size: number;
  etag: string;
  segment: Segment;
  checksums: Checksums;
}

export interface Upload {
  id: string;
  key: string;
  initiator: string;
  initiated: string;
  object: ObjectHeaders;
  checksumAlgorithm?: ChecksumAlgorithm;
  checksumType?: 'FULL_OBJECT' | 'COMPOSITE';
}

/** What makes up the state of a bucket. The journal holds one a line, and a restart replays them. */
type Change =
  | { put: StoredObject }
  | { remove: { key: string; versionId: string } }
  | { retag: { key: string; versionId: string; tags: [key: string, value: string][] } }
  | { begin: Upload }
  | { part: Part; uploadId: string }
  | { end: string; keep: string[] };

export interface BucketSettings {
  name: string;
  region: string;
  /** Account number. */
  owner: string;
  created: string;
  policy?: Policy;
  versioning?: 'Enabled' | 'Suspended';
}

/** A bucket on disk: `bucket.json`, `journal.jsonl` and `data/`. */
export class Bucket {
  readonly settings: BucketSettings;
  /** Keys that have a current version. */
  readonly keys = new SortedKeys();
  readonly uploads = new Map<string, Upload & { parts: Map<number, Part> }>();
  /** Newest version first. */
  readonly versions = new Map<string, StoredObject[]>();
  readonly #dir: string;
  readonly #journal: number;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  /** Opens the bucket in `dir`, or makes it there if `settings` are given. */
  constructor(dir: string, settings?: BucketSettings) {
    this.#dir = dir;
    fs.mkdirSync(path.join(dir, 'data'), { recursive: true });
    this.settings = settings ?? (JSON.parse(fs.readFileSync(path.join(dir, 'bucket.json'), 'utf8')) as BucketSettings);
    this.saveSettings();
    const journal = path.join(dir, 'journal.jsonl');
    if (fs.existsSync(journal)) this.#replay(journal);
    this.#removeStrays();
    this.#journal = fs.openSync(journal, 'a');
  }

  saveSettings(): void {
    fs.writeFileSync(path.join(this.#dir, 'bucket.json'), JSON.stringify(this.settings));
  }

  current(key: string): StoredObject | undefined {
    const newest = this.versions.get(key)?.[0];
    return newest?.deleteMarker ? undefined : newest;
  }

  /** Stores a new version, in place of the one with the same version id. */
  put(object: StoredObject): void {
    this.#commit({ put: object });
  }

  /** Puts all current objects into another bucket as they are. @throws Error for one that is not small */
  copyTo(other: Bucket): void {
    for (const versions of this.versions.values()) {
      const [object] = versions;
      if (object === undefined || object.deleteMarker) continue;
      if (object.segments.some((segment) => 'file' in segment))
        throw new Error(`${object.key} is too large to be copied.`);
      other.put({ ...object });
    }
  }

  /** Stores many small objects with the same content at once. */
  seed(keys: Iterable<string>, content: string): void {
    const bytes = Buffer.from(content);
    const common = {
      versionId: 'null',
      modified: new Date().toISOString(),
      size: bytes.length,
      etag: md5Hex(bytes),
      headers: { 'content-type': 'binary/octet-stream' },
      encryption: 'AES256',
      segments: [{ size: bytes.length, inline: bytes.toString('base64') }],
      checksums: {},
    };
    const changes = Array.from(keys, (key) => ({ put: { ...common, key } }));
    fs.writeSync(this.#journal, changes.map((change) => JSON.stringify(change) + '\n').join(''));
    for (const change of changes) this.discard(this.#apply(change));
  }

  /** Removes one version and its bytes; does nothing if there is none. */
  remove(key: string, versionId: string): void {
    if (this.versions.get(key)?.some((version) => version.versionId === versionId)) {
      this.#commit({ remove: { key, versionId } });
    }
  }

  retag({ key, versionId }: StoredObject, tags: [key: string, value: string][]): void {
    this.#commit({ retag: { key, versionId, tags } });
  }

  begin(upload: Upload): void {
    this.#commit({ begin: upload });
  }

  putPart(uploadId: string, part: Part): void {
    this.#commit({ part, uploadId });
  }

  /** Ends an upload and removes its parts, except those that an object has taken over. */
  end(uploadId: string, taken: Segment[] = []): void {
    this.#commit({ end: uploadId, keep: filesOf(taken) });
  }

  /** The path of a new data file. */
  newFile(): string {
    return path.join(this.#dir, 'data', randomBytes(12).toString('hex'));
  }

  /** Where the bytes are, for `file` as it stands in a segment. */
  pathOf(file: string): string {
    return path.join(this.#dir, 'data', file);
  }

  /** Removes data files; those that are being read go when the last reader is done. */
  discard(segments: Segment[]): void {
    for (const file of filesOf(segments)) {
      if (this.#readers.has(file)) this.#doomed.add(file);
      else fs.rmSync(this.pathOf(file), { force: true });
    }
  }

  /** Reads bytes `start` to `end`, both included. Replacing or deleting the object meanwhile does no harm. */
  async *read(segments: Segment[], start: number, end: number): AsyncGenerator<Buffer> {
    const files = filesOf(segments);
    for (const file of files) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    try {
      let offset = 0;
      for (const segment of segments) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, segment.size - 1);
        offset += segment.size;
        if (from > to) continue;
        if ('inline' in segment) yield Buffer.from(segment.inline, 'base64').subarray(from, to + 1);
        else yield* fs.createReadStream(this.pathOf(segment.file), { start: from, end: to, highWaterMark: 1 << 18 });
      }
    } finally {
      for (const file of files) {
        const readers = this.#readers.get(file)! - 1;
        if (readers) this.#readers.set(file, readers);
        else this.#readers.delete(file);
        if (!readers && this.#doomed.delete(file)) fs.rmSync(this.pathOf(file), { force: true });
      }
    }
  }

  close(): void {
    fs.closeSync(this.#journal);
  }

  /** Closes the bucket and removes all that is in it. */
  destroy(): void {
    this.close();
    fs.rmSync(this.#dir, { recursive: true });
  }

  #commit(change: Change): void {
    fs.writeSync(this.#journal, JSON.stringify(change) + '\n');
    this.discard(this.#apply(change));
  }

  /** Changes the state in memory. Returns what is no longer part of it. */
  #apply(change: Change): Segment[] {
    if ('put' in change) {
      const { key, versionId } = change.put;
      const others = this.versions.get(key) ?? [];
      const replaced = others.filter((version) => version.versionId === versionId);
      this.#setVersions(key, [change.put, ...others.filter((version) => version.versionId !== versionId)]);
      return replaced.flatMap((version) => version.segments);
    }
    if ('remove' in change) {
      const { key, versionId } = change.remove;
      const versions = this.versions.get(key) ?? [];
      this.#setVersions(
        key,
        versions.filter((version) => version.versionId !== versionId),
      );
      return versions.filter((version) => version.versionId === versionId).flatMap((version) => version.segments);
    }
    if ('retag' in change) {
      const { key, versionId, tags } = change.retag;
      const version = this.versions.get(key)?.find((one) => one.versionId === versionId);
      if (version) version.tags = tags;
      return [];
    }
    if ('begin' in change) {
      this.uploads.set(change.begin.id, { ...change.begin, parts: new Map() });
      return [];
    }
    if ('part' in change) {
      const parts = this.uploads.get(change.uploadId)?.parts;
      const replaced = parts?.get(change.part.number);
      parts?.set(change.part.number, change.part);
      return replaced ? [replaced.segment] : [];
    }
    const parts = [...(this.uploads.get(change.end)?.parts.values() ?? [])];
    this.uploads.delete(change.end);
    const keep = new Set(change.keep);
    return parts.map((part) => part.segment).filter((segment) => !('file' in segment && keep.has(segment.file)));
  }

  #setVersions(key: string, versions: StoredObject[]): void {
    const had = this.current(key) !== undefined;
    if (versions.length) this.versions.set(key, versions);
    else this.versions.delete(key);
    const has = this.current(key) !== undefined;
    if (has && !had) this.keys.add(key);
    if (had && !has) this.keys.remove(key);
  }

  #replay(journal: string): void {
    const text = fs.readFileSync(journal);
    const lines = text.subarray(0, text.lastIndexOf(10) + 1);
    // A line without its end is the change during which the last process was killed: it has not been acknowledged.
    fs.truncateSync(journal, lines.length);
    for (const line of lines.toString().split('\n')) if (line) this.#apply(JSON.parse(line) as Change);
  }

  #removeStrays(): void {
    const used = new Set<string>();
    for (const version of [...this.versions.values()].flat())
      filesOf(version.segments).forEach((file) => used.add(file));
    for (const upload of this.uploads.values()) {
      for (const part of upload.parts.values()) filesOf([part.segment]).forEach((file) => used.add(file));
    }
    for (const file of fs.readdirSync(path.join(this.#dir, 'data'))) {
      if (!used.has(file)) fs.rmSync(this.pathOf(file));
    }
  }
}

/** All buckets of a server, each in a folder of its name. */
export class Storage {
  readonly buckets = new Map<string, Bucket>();
  readonly #dir: string;

  /** Opens what earlier runs have left in `dir`, which is made if it is missing. */
  constructor(dir: string) {
    this.#dir = dir;
    fs.mkdirSync(dir, { recursive: true });
    for (const name of fs.readdirSync(dir)) {
      if (fs.existsSync(path.join(dir, name, 'bucket.json'))) this.buckets.set(name, new Bucket(path.join(dir, name)));
    }
  }

  create(settings: BucketSettings): Bucket {
    const bucket = new Bucket(path.join(this.#dir, settings.name), settings);
    this.buckets.set(settings.name, bucket);
    return bucket;
  }

  destroy(name: string): void {
    this.buckets.get(name)?.destroy();
    this.buckets.delete(name);
  }

  close(): void {
    for (const bucket of this.buckets.values()) bucket.close();
  }
}

export function filesOf(segments: Segment[]): string[] {
  return segments.flatMap((segment) => ('file' in segment ? [segment.file] : []));
}

export function md5Hex(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
