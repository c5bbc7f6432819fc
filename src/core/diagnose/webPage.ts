import type { DeserializeMiddleware, MetadataBearer } from '@smithy/types';
import { isFromStore, NO_STORE } from './failure.ts';

/** The parts of an answer that are looked at here. */
interface Answer {
  statusCode?: number;
  headers?: Record<string, string>;
}

/** What every store says as it does what was asked, by command: one of these. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  PutObjectCommand: ['ETag'],
  UploadPartCommand: ['ETag'],
  CreateMultipartUploadCommand: ['UploadId'],
  ListObjectsV2Command: ['Name', 'Prefix', 'KeyCount', 'IsTruncated', 'Contents'],
};

/**
 * A middleware for the `deserialize` step that takes the answer of a web server or a portal for what it is. Otherwise what
 * comes with the status 200 would pass for an object that was stored, or for a bucket that is there.
 */
export const refuseWebPages: DeserializeMiddleware<object, MetadataBearer> =
  (next, { commandName = '' }) =>
  async (args) => {
    const result = await next(args);
    const { statusCode = 0, headers = {} } = result.response as Answer;
    const isPage = headers['content-type']?.includes('html') === true && headers.etag === undefined;
    if (
      statusCode < 300 &&
      (isPage || saysNothing(commandName, result.output)) &&
      !isFromStore({ code: '', headers })
    ) {
      throw Object.assign(new Error('Something else was answered where an answer of S3 was due.'), {
        name: NO_STORE,
        $response: { statusCode, headers },
        $metadata: { httpStatusCode: statusCode },
      });
    }
    return result;
  };

function saysNothing(command: string, output: object | undefined): boolean {
  const said = { ...output } as Record<string, unknown>;
  return SAID[command]?.every((name) => said[name] === undefined) === true;
}
