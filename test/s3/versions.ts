import { randomBytes } from 'node:crypto';
import type { Exchange } from './exchange.ts';
import type { Bucket, StoredObject } from './storage.ts';

/** The version id of what is written next: `null` unless versioning is enabled, as at AWS. */
export function nextVersionId(bucket: Bucket): string {
  return bucket.settings.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
}

/** Sets the version header of an answer; buckets that never had versioning do not send it. */
export function showVersion(x: Exchange, bucket: Bucket, { versionId }: StoredObject): void {
  if (bucket.settings.versioning) x.setHeader('x-amz-version-id', versionId);
}

/**
 * Deletes one version, or what the bucket's versioning makes of a delete without a version: the object itself, or a
 * delete marker on top of it.
 * @returns the version id that the answer names; whether it is a delete marker
 */
export function deleteVersion(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
): { versionId?: string; marker: boolean } {
  if (versionId !== undefined) {
    const marker = bucket.versions.get(key)?.find((version) => version.versionId === versionId)?.deleteMarker === true;
    bucket.remove(key, versionId);
    return { versionId, marker };
  }
  if (!bucket.settings.versioning) {
    bucket.remove(key, 'null');
    return { marker: false };
  }
  const marker: StoredObject = {
    key,
    versionId: nextVersionId(bucket),
    deleteMarker: true,
    modified: new Date().toISOString(),
    size: 0,
    etag: '',
    headers: {},
    encryption: 'AES256',
    segments: [],
    checksums: {},
  };
  bucket.put(marker);
  return { versionId: marker.versionId, marker: true };
}
