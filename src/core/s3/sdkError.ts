/** What is read of the SDK's errors; all of it may be missing. */
interface SdkError {
  name?: string;
  Code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
}

/** The status of the answer that an error stands for; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = (error ?? {}) as SdkError;
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** Whether a store says that there is no such object or upload. */
export function isMissing(error: unknown): boolean {
  const { name = '', Code = name } = (error ?? {}) as SdkError;
  if (Code === 'NoSuchBucket') return false;
  return ['NoSuchKey', 'NoSuchUpload', 'NotFound'].includes(Code) || statusOf(error) === 404;
}

/** Whether a store has refused a request because of its condition, or because of another that was under way. */
export function isRefusedByCondition(error: unknown): boolean {
  const { name = '', Code = name } = (error ?? {}) as SdkError;
  return Code === 'PreconditionFailed' || Code === 'ConditionalRequestConflict' || statusOf(error) === 412;
}

/** Whether a store has refused a request because the right to it is missing. */
export function isDenied(error: unknown): boolean {
  return statusOf(error) === 403;
}
