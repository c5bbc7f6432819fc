import { parseDestination, type Destination } from '../../../../src/core/destination/destination.ts';
import type { PreviewStore } from '../../../../src/core/look/objectPreview.ts';
import type { ObjectRange } from '../../../../src/core/s3/objectRange.ts';

/** A destination at which nothing is known of the objects. */
export function destinationWith(changes: Record<string, unknown> = {}): Destination {
  const credentials = { accessKeyId: 'KEY', secretAccessKey: 'secret' };
  return parseDestination({ name: 'at', bucket: 'acme-data', pathPrefix: 'a', credentials, ...changes });
}

/** An object whose bytes are made when they are asked for. */
export interface MadeObject {
  size: number;
  read: (start: number, length: number) => Buffer;
  etag?: string;
  metadata?: Record<string, string>;
}

/** A store of such objects, which counts what is read of them. */
export class MadeStore implements PreviewStore {
  readonly objects = new Map<string, MadeObject>();
  readonly texts = new Map<string, string>();
  requests = 0;
  transferred = 0;

  put(key: string, content: string | Buffer, etag = '"1"'): void {
    const bytes = Buffer.from(content);
    this.objects.set(key, { size: bytes.length, read: (start, length) => bytes.subarray(start, start + length), etag });
  }

  readRange(
    key: string,
    { start, length, etag }: { start: number; length: number; etag?: string },
  ): Promise<ObjectRange | undefined> {
    this.requests++;
    const object = this.objects.get(key);
    if (object === undefined) return Promise.resolve(undefined);
    if (etag !== undefined && etag !== object.etag) return Promise.reject(new Error('replaced'));
    const bytes = object.read(start, Math.min(length, Math.max(0, object.size - start)));
    this.transferred += bytes.length;
    const { size, metadata = {} } = object;
    return Promise.resolve({ bytes, size, metadata, ...(object.etag === undefined ? {} : { etag: object.etag }) });
  }

  readText(key: string): Promise<{ text: string; etag: string } | undefined> {
    const text = this.texts.get(key);
    return Promise.resolve(text === undefined ? undefined : { text, etag: '"t"' });
  }
}
