import {
  fromEnv,
  fromIni,
  fromNodeProviderChain,
  fromSSO,
  fromTemporaryCredentials,
} from '@aws-sdk/credential-providers';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { AssumedRole, Credentials, SingleSignOn } from '../destination/credentials.ts';
import { refuseWebPages } from '../diagnose/webPage.ts';
import { credentialProblem } from './credentialProblem.ts';
import type { LoadCredentials, SignerContext } from './signer.ts';

/** When a service that gives credentials, and does not answer, is given up. Without `throw…` the SDK would only warn. */
export interface SignInLimits {
  connectionTimeout: number;
  requestTimeout: number;
  throwOnRequestTimeout: boolean;
}

const LIMITS: SignInLimits = { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
/** The instance's metadata are asked last, and are not there on most machines. */
const METADATA = { timeout: 1000, maxRetries: 0 };

/**
 * How credentials that are not plain keys are fetched. The entry of a bundle that is loaded on first use. Each call of
 * what it returns reads files anew, so that a new sign-in is found.
 */
export function credentialLoader(
  credentials: Credentials,
  context: SignerContext,
  limits: SignInLimits = LIMITS,
): LoadCredentials {
  return async () => {
    try {
      return checked(await providerOf(credentials, context, limits)());
    } catch (error) {
      throw await credentialProblem(error, credentials, context.destination, ownSts(credentials, context));
    }
  };
}

/** A process may print anything. */
function checked(identity: AwsCredentialIdentity): AwsCredentialIdentity {
  const {
    accessKeyId,
    secretAccessKey,
    sessionToken = '',
  }: { [K in keyof AwsCredentialIdentity]?: unknown } = identity;
  if ([accessKeyId, secretAccessKey, sessionToken].every((value) => typeof value === 'string')) return identity;
  throw new Error('what the process of the profile prints are no keys.');
}

/** A page of the network in between would pass for an answer that says nothing. */
const REFUSE_PAGES = {
  applyToStack: (stack: { add: (middleware: never, options: object) => void }): void => {
    stack.add(refuseWebPages as never, { step: 'deserialize', priority: 'high', name: 'refuseWebPages' });
  },
};

function providerOf(
  credentials: Credentials,
  context: SignerContext,
  requestHandler: SignInLimits,
): () => Promise<AwsCredentialIdentity> {
  // Of AWS's regions, the destination's is as good as any; other stores have none of them.
  const region = context.destination.region;
  const clientPlugins = [REFUSE_PAGES];
  const shared = { ignoreCache: true, parentClientConfig: { region, requestHandler }, clientPlugins };
  switch (credentials.kind) {
    case 'keys':
      return () => Promise.resolve(credentials);
    case 'env':
      return fromEnv();
    case 'default':
      return fromNodeProviderChain({ ...shared, ...METADATA, ...mfa(context) });
    case 'profile':
      return fromIni({ ...shared, ...mfa(context), profile: credentials.profile });
    case 'sso':
      return fromSSO({ ...shared, ...signOnOf(credentials) });
    case 'assumeRole':
      return fromTemporaryCredentials({
        masterCredentials: providerOf(credentials.source, context, requestHandler),
        params: paramsOf(credentials),
        clientPlugins,
        clientConfig: { region, requestHandler, ...stsEndpoint(credentials, context) },
        ...mfa(context),
      });
  }
}

function mfa({ askMfaCode }: SignerContext): { mfaCodeProvider?: (serial: string) => Promise<string> } {
  return askMfaCode === undefined ? {} : { mfaCodeProvider: askMfaCode };
}

function signOnOf({ profile, startUrl, ssoRegion, accountId, roleName }: SingleSignOn): object {
  if (profile !== undefined) return { profile };
  return { ssoStartUrl: startUrl, ssoRegion, ssoAccountId: accountId, ssoRoleName: roleName };
}

function paramsOf({ roleArn, sessionName, externalId, mfaSerial, durationSeconds }: AssumedRole): {
  RoleArn: string;
  RoleSessionName: string;
} {
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName ?? 's3-destinations',
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...(mfaSerial === undefined ? {} : { SerialNumber: mfaSerial }),
    ...(durationSeconds === undefined ? {} : { DurationSeconds: durationSeconds }),
  };
}

/** Where an endpoint of STS is known that is not AWS's. */
function ownSts(credentials: Credentials, context: SignerContext): string | undefined {
  const environment = process.env.AWS_ENDPOINT_URL_STS;
  return credentials.kind === 'assumeRole' ? (stsEndpoint(credentials, context).endpoint ?? environment) : environment;
}

/** Stores other than AWS that know roles have their STS at the same endpoint, unless the environment names another. */
function stsEndpoint({ stsEndpoint: own }: AssumedRole, { destination }: SignerContext): { endpoint?: string } {
  if (own !== undefined) return { endpoint: own };
  if (process.env.AWS_ENDPOINT_URL_STS !== undefined || destination.endpoint === undefined) return {};
  return isAwsEndpoint(destination.endpoint) ? {} : { endpoint: destination.endpoint };
}

function isAwsEndpoint(endpoint: string): boolean {
  return /\.(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(endpoint).hostname);
}
