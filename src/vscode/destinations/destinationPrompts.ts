import * as vscode from 'vscode';
import { bucketNameBreaches } from '../../core/destination/bucketName.ts';
import { type AccessKeys, cleanKey, keyBreach } from '../../core/destination/credentials.ts';
import { nameBreach } from '../../core/destination/destination.ts';
import { endpointBreach } from '../../core/destination/endpoint.ts';
import { DEFAULT_PATH_PREFIX, pathPrefixBreach } from '../../core/destination/keys.ts';
import { DEFAULT_REGION, FIRST_REGIONS, regionBreach } from '../../core/destination/regions.ts';
import { cancelled } from '../../core/problem.ts';
import { askAll, askPick, askText, put, type Step } from '../multiStep.ts';
import { type CredentialsDraft, credentialsOf, credentialSteps } from './credentialPrompts.ts';
import type { DestinationStore } from './destinationStore.ts';

/** What the prompts have learned so far. */
interface Draft extends CredentialsDraft {
  ownEndpoint?: boolean;
  endpoint?: string;
  forcePathStyle?: boolean;
  bucket?: string;
  region?: string;
  pathPrefix?: string;
  name?: string;
}

/** Asks for all of a new destination, step by step. @param proposed a name @throws ProblemError `cancelled` */
export async function askForDestination(store: DestinationStore, proposed?: string): Promise<unknown> {
  const draft: Draft = proposed === undefined ? {} : { name: proposed };
  const steps = [...fieldSteps(store), ...credentialSteps(keySteps())];
  if (!(await askAll('Add S3 Destination', steps, draft))) throw cancelled('Adding a destination');
  const { name, bucket, region, pathPrefix, ownEndpoint, endpoint, forcePathStyle } = draft;
  const own = ownEndpoint === true ? { endpoint, forcePathStyle } : {};
  return { name, bucket, region, pathPrefix, ...own, credentials: credentialsOf(draft) };
}

/** Asks for access keys. @throws ProblemError `cancelled` */
export async function askForKeys(title: string): Promise<AccessKeys> {
  const draft: Draft = {};
  const asked = await askAll(title, keySteps(), draft);
  const { accessKeyId, secretAccessKey, sessionToken } = draft;
  if (!asked || accessKeyId === undefined || secretAccessKey === undefined) throw cancelled('Entering the credentials');
  return { kind: 'keys', accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Asks for a name that no other destination has. @param current what it is called now @throws ProblemError `cancelled` */
export async function askForName(
  store: DestinationStore,
  title: string,
  current: string,
  value: string,
): Promise<string> {
  const draft: Draft = { name: value };
  if (!(await askAll(title, [nameStep(store, current)], draft)) || draft.name === undefined) throw cancelled(title);
  return draft.name;
}

function fieldSteps(store: DestinationStore): Step<Draft>[] {
  return [
    {
      ask: async (draft, frame) => {
        const aws = { label: 'Amazon S3', detail: 'A bucket at AWS', own: false };
        const other = { label: 'Another S3-compatible store', detail: 'MinIO, Ceph, Cloudflare R2 …', own: true };
        const active = draft.ownEndpoint === true ? other : aws;
        const answer = await askPick(frame, { items: [aws, other], active, placeholder: 'Where is the bucket?' });
        return put(answer, ({ own }) => (draft.ownEndpoint = own));
      },
    },
    {
      when: ({ ownEndpoint }) => ownEndpoint === true,
      ask: async (draft, frame) => {
        const prompt = 'The endpoint of the store';
        const options = {
          prompt,
          value: draft.endpoint,
          placeholder: 'https://s3.example.com',
          validate: endpointBreach,
        };
        return put(await askText(frame, options), (value) => (draft.endpoint = value.trim()));
      },
    },
    {
      when: ({ ownEndpoint }) => ownEndpoint === true,
      ask: async (draft, frame) => {
        const path = { label: 'In the path', detail: 'https://s3.example.com/bucket/key – most stores', style: true };
        const host = { label: 'In the host name', detail: 'https://bucket.s3.example.com/key', style: false };
        const active = draft.forcePathStyle === false ? host : path;
        const answer = await askPick(frame, {
          items: [path, host],
          active,
          placeholder: 'Where does the bucket’s name go?',
        });
        return put(answer, ({ style }) => (draft.forcePathStyle = style));
      },
    },
    {
      ask: async (draft, frame) => {
        const validate = (value: string): string | undefined => bucketNameBreaches(value.trim()).join(' ') || undefined;
        const options = { prompt: 'The name of the bucket', value: draft.bucket, placeholder: 'acme-data', validate };
        return put(await askText(frame, options), (value) => (draft.bucket = value.trim()));
      },
    },
    {
      ask: async (draft, frame) => {
        const items = FIRST_REGIONS.map(({ id, label }) => ({ label: id, description: label }));
        const current = draft.region ?? DEFAULT_REGION;
        const active = items.find(({ label }) => label === current);
        const typed = (value: string): vscode.QuickPickItem | undefined =>
          regionBreach(value) === undefined && items.every(({ label }) => label !== value)
            ? { label: value, description: 'Use this region', alwaysShow: true }
            : undefined;
        const placeholder = 'The bucket’s region: pick one or type any other';
        const answer = await askPick<vscode.QuickPickItem>(frame, { items, active, placeholder, typed });
        return put(answer, ({ label }) => (draft.region = label));
      },
    },
    {
      ask: async (draft, frame) => {
        const prompt = 'The path prefix: the folder in the bucket under which all syncs go. May be empty.';
        const value = draft.pathPrefix ?? DEFAULT_PATH_PREFIX;
        const answer = await askText(frame, { prompt, value, validate: pathPrefixBreach });
        return put(answer, (prefix) => (draft.pathPrefix = prefix));
      },
    },
    nameStep(store),
  ];
}

function nameStep(store: DestinationStore, current?: string): Step<Draft> {
  return {
    ask: async (draft, frame) => {
      const validate = (value: string): string | undefined => {
        const name = value.trim();
        return (
          nameBreach(value) ??
          (name !== current && store.has(name) ? `There is already a destination ${name}.` : undefined)
        );
      };
      const prompt = 'A name for the destination';
      const options = { prompt, value: draft.name ?? draft.bucket, placeholder: 'prod-exports', validate };
      return put(await askText(frame, options), (value) => (draft.name = value.trim()));
    },
  };
}

function keySteps(): Step<Draft>[] {
  return [
    keyStep('accessKeyId', 'Access key id', 'AKIA…', false),
    keyStep('secretAccessKey', 'Secret access key. It is kept in the editor’s secret storage.', '', true),
    {
      // Ids of temporary keys begin with ASIA; they are of no use without their token.
      when: ({ accessKeyId }) => accessKeyId?.startsWith('ASIA') === true,
      ...keyStep('sessionToken', 'Session token, as these are temporary credentials', '', true),
    },
  ];
}

function keyStep(
  field: 'accessKeyId' | 'secretAccessKey' | 'sessionToken',
  prompt: string,
  placeholder: string,
  password: boolean,
): Step<Draft> {
  const validate = (value: string): string | undefined => {
    const breach = keyBreach(cleanKey(value));
    return breach === undefined ? undefined : `It ${breach}`;
  };
  return {
    ask: async (draft, frame) => {
      const options = { prompt, placeholder, password, value: draft[field], validate };
      return put(await askText(frame, options), (value) => (draft[field] = cleanKey(value)));
    },
  };
}
