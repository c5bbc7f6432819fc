/** Names and values of the elements that an `<Error>` body has besides Code and Message. */
export type ErrorFields = Record<string, string | number | undefined>;

/** A refusal in S3's own terms. The server turns it into the status and the `<Error>` body of the answer. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: ErrorFields;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    message: string,
    fields: ErrorFields = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.headers = headers;
  }
}

export function accessDenied(message = 'Access Denied'): S3Error {
  return new S3Error(403, 'AccessDenied', message);
}

export function noSuchKey(key: string): S3Error {
  return new S3Error(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
}

export function noSuchUpload(uploadId: string): S3Error {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new S3Error(404, 'NoSuchUpload', message, { UploadId: uploadId });
}

export function malformedXml(): S3Error {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new S3Error(400, 'MalformedXML', message);
}

export function invalidArgument(name: string, value: string, message: string): S3Error {
  return new S3Error(400, 'InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });
}

export function invalidRequest(message: string): S3Error {
  return new S3Error(400, 'InvalidRequest', message);
}

export function preconditionFailed(condition: 'If-Match' | 'If-None-Match' | 'If-Unmodified-Since'): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new S3Error(412, 'PreconditionFailed', message, { Condition: condition });
}

export function notImplemented(what: string): S3Error {
  const message = 'A header you provided implies functionality that is not implemented';
  return new S3Error(501, 'NotImplemented', message, { Header: what });
}
