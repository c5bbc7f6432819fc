import { authorize, missingKey, openBucket } from './access.ts';
import { receiveText } from './body.ts';
import { malformedXml } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { checkTags } from './headers.ts';
import type { Bucket, StoredObject } from './storage.ts';
import { showVersion } from './versions.ts';
import { childText, parseXml } from './xml.ts';

export function getObjectTagging(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:GetObjectTagging', x.key);
  const object = existing(x, bucket);
  showVersion(x, bucket, object);
  x.sendXml('Tagging', { TagSet: { Tag: (object.tags ?? []).map(([Key, Value]) => ({ Key, Value })) } });
}

export async function putObjectTagging(x: Exchange): Promise<void> {
  const bucket = openBucket(x);
  authorize(x, 's3:PutObjectTagging', x.key);
  const request = parseXml(await receiveText(x));
  const set = request.children.find(({ name }) => name === 'TagSet');
  if (request.name !== 'Tagging' || !set) throw malformedXml();
  const tags = set.children.map((tag): [string, string] => [
    childText(tag, 'Key') ?? '',
    childText(tag, 'Value') ?? '',
  ]);
  const object = existing(x, bucket);
  bucket.retag(object, checkTags(tags));
  showVersion(x, bucket, object);
  x.send(200);
}

export function deleteObjectTagging(x: Exchange): void {
  const bucket = openBucket(x);
  authorize(x, 's3:DeleteObjectTagging', x.key);
  bucket.retag(existing(x, bucket), []);
  x.send(204);
}

function existing(x: Exchange, bucket: Bucket): StoredObject {
  const object = bucket.current(x.key);
  if (!object) throw missingKey(x);
  return object;
}
