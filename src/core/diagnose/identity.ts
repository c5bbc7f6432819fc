import type { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { DestinationFields } from '../destination/destination.ts';

/** Who signs. */
export interface Identity {
  arn: string;
  account?: string;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';

/**
 * Asks AWS who signs with these credentials: no permission is needed for it.
 * @returns undefined when there is no telling. Rejects when it cannot be asked
 */
export async function callerIdentity(
  client: S3Client,
  { region, fips }: DestinationFields,
  abortSignal: AbortSignal,
): Promise<Identity | undefined> {
  const { credentials, sha256, requestHandler, endpointProvider } = client.config;
  const url = new URL(process.env.AWS_ENDPOINT_URL_STS ?? stsEndpoint(endpointProvider, region, fips === true));
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256 });
  const request = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
    body: BODY,
  });
  const { response } = (await requestHandler.handle(request as Parameters<typeof requestHandler.handle>[0], {
    abortSignal,
  })) as { response: { body: AsyncIterable<Buffer> } };
  const text = await textOf(response.body);
  const arn = /<Arn>([^<]+)<\/Arn>/.exec(text)?.[1];
  const account = /<Account>(\d+)<\/Account>/.exec(text)?.[1];
  return arn === undefined ? undefined : { arn, ...(account === undefined ? {} : { account }) };
}

/** STS is where S3 is, in all partitions. Those of the United States' government have no other STS for FIPS 140. */
function stsEndpoint(s3At: S3Client['config']['endpointProvider'], region: string, fips: boolean): string {
  const { url } = s3At({ Region: region });
  const service = fips && !region.startsWith('us-gov-') ? 'sts-fips' : 'sts';
  return url.href.replace('://s3.', `://${service}.`);
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
