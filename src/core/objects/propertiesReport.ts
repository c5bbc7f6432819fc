import { formatAge, formatBytes, formatDuration, formatFiles, formatRows } from '../format.ts';
import { code, document, facts, grid, section } from './markdown.ts';
import type { ObjectProperties } from '../s3/properties.ts';
import type { Manifest } from '../sync/manifest.ts';

/** An object's properties as a document in Markdown. @param uri its S3 URI @param url its HTTPS URL */
export function objectReport(object: ObjectProperties, uri: string, url: string): string {
  const { size, lastModified, tags, lock } = object;
  return document(uri, [
    facts('Object', [
      ['S3 URI', code(uri)],
      ['URL', code(url)],
      ['Size', sizeText(size)],
      ['Modified', timeText(lastModified)],
      ['ETag', code(object.etag)],
      ['Parts', object.parts?.toString()],
      ['Version', code(object.versionId)],
      ['Storage class', object.storageClass],
      ['Archive', object.archiveStatus],
      ['Restored copy', code(object.restore)],
      ['Replication', object.replication],
      ['Removed by a lifecycle rule', code(object.expiration)],
    ]),
    facts('Content', [
      ['Type', code(object.contentType)],
      ['Encoding', [undefined, ''].includes(object.contentEncoding) ? 'none' : code(object.contentEncoding)],
      ['Disposition', code(object.contentDisposition)],
      ['Language', code(object.contentLanguage)],
      ['Cache control', code(object.cacheControl)],
      ['Expires', code(object.expires)],
      ['Redirects to', code(object.websiteRedirect)],
    ]),
    facts('Encryption', [
      ['Method', code(object.encryption) ?? 'The store says nothing of encryption.'],
      ['KMS key', code(object.kmsKeyId)],
      ['Bucket key', object.bucketKey === undefined ? undefined : object.bucketKey ? 'on' : 'off'],
      ['Customer’s key', code(object.customerAlgorithm)],
    ]),
    facts(
      `Checksums${object.checksumType === 'COMPOSITE' ? ' (of the parts’ checksums)' : ''}`,
      rowsOf(object.checksums),
    ),
    facts('Metadata', rowsOf(object.metadata)),
    tagsText(tags),
    facts('Object Lock', [
      ['Mode', lock?.mode],
      ['Retained until', timeText(lock?.retainUntil)],
      ['Legal hold', lock?.legalHold],
    ]),
  ]);
}

/** What a run's manifest says as a document in Markdown. @param place `s3://bucket/` */
export function runReport(manifest: Manifest, place: string, manifestKey: string): string {
  const { rows, files, columns, state } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const counts = (
    [
      ['added', rows.added],
      ['changed', rows.changed],
      ['removed', rows.removed],
    ] as const
  )
    .flatMap(([name, count]) => (count === undefined ? [] : [`${count.toLocaleString('en-US')} ${name}`]))
    .join(', ');
  return document(`Run ${manifest.runId} of ${manifest.syncId}`, [
    facts('Run', [
      ['Sync', code(manifest.syncId)],
      ['Mode', `${manifest.kind}, ${manifest.mode}${manifest.onlyNewRows === true ? ', only new rows' : ''}`],
      ['Key', manifest.primaryKey?.map((name) => code(name)).join(', ')],
      [
        'Format',
        manifest.format === undefined ? 'files as they were' : `${manifest.format}${manifest.gzip ? ', gzip' : ''}`,
      ],
      ['Started', timeText(manifest.startedAt)],
      ['Committed', timeText(manifest.committedAt)],
      ['Took', formatDuration(manifest.durationMs)],
      ['Rows read', manifest.format === undefined ? undefined : rows.read.toLocaleString('en-US')],
      ['Rows written', manifest.format === undefined ? undefined : rows.written.toLocaleString('en-US')],
      ['Changes', counts === '' ? undefined : counts],
      ['Size', `${formatFiles(files.length)}, ${sizeText(bytes)}`],
      [
        'Replaced',
        manifest.replaced.length === 0 ? undefined : `${formatFiles(manifest.replaced.length)} of earlier runs`,
      ],
      ['Left of earlier runs', manifest.leftovers?.map(({ key, code: why }) => `${code(key)} (${why})`).join(', ')],
      ['Query (SHA-256)', code(manifest.modelHash)],
      ['State', state === undefined ? undefined : `${code(place + state.key)} (${formatBytes(state.bytes)})`],
      ['Manifest', code(place + manifestKey)],
    ]),
    grid(
      'Columns',
      ['column', 'type'],
      columns.map(({ name, type }) => [code(name), code(type)]),
    ),
    grid(
      'Files',
      ['file', 'rows', 'size', 'SHA-256'],
      files.map((file) => [
        code(place + file.key),
        manifest.format === undefined ? '' : formatRows(file.rows),
        formatBytes(file.bytes),
        code(file.sha256),
      ]),
    ),
  ]);
}

function tagsText(tags: ObjectProperties['tags']): string {
  if (tags === 'denied') return section('Tags', 'They may not be read: `s3:GetObjectTagging` is not allowed.\n');
  if (tags === 'unsupported') return section('Tags', 'The store does not have tags.\n');
  return facts('Tags', rowsOf(tags));
}

function rowsOf(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).map(([name, value]) => [code(name), code(value)]);
}

function sizeText(bytes: number): string {
  return bytes < 1000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes.toLocaleString('en-US')} bytes)`;
}

function timeText(iso: string | undefined): string | undefined {
  if (iso === undefined) return undefined;
  const text = `${iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, '')} UTC`;
  return Date.parse(iso) > Date.now() ? text : `${text} (${formatAge(new Date(iso))})`;
}
