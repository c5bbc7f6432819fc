import type { DeserializeMiddleware, MetadataBearer } from '@smithy/types';
import { isFromStore } from './failure.ts';

/** The parts of an answer that are looked at here. */
interface Answer {
  statusCode?: number;
  headers?: Record<string, string>;
}

/**
 * A middleware for the `deserialize` step that takes the page of a web server or a portal for what it is. Otherwise a page
 * that comes with the status 200 would pass for an object that was stored, or for a bucket that is there.
 */
export const refuseWebPages: DeserializeMiddleware<object, MetadataBearer> = (next) => async (args) => {
  const result = await next(args);
  const { statusCode = 0, headers = {} } = result.response as Answer;
  const type = headers['content-type'] ?? '';
  if (statusCode < 300 && type.includes('html') && headers.etag === undefined && !isFromStore({ code: '', headers })) {
    throw Object.assign(new Error('A web page was answered where an answer of S3 was due.'), {
      name: 'WebPage',
      $response: { statusCode, headers },
      $metadata: { httpStatusCode: statusCode },
    });
  }
  return result;
};
