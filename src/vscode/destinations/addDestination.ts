import * as vscode from 'vscode';
import { bucketNameBreaches } from '../../core/destination/bucketName.ts';
import { cleanKey, keyBreach } from '../../core/destination/credentials.ts';
import { endpointBreach, nameBreach, parseDestination } from '../../core/destination/destination.ts';
import { DEFAULT_PATH_PREFIX, pathPrefixBreach } from '../../core/destination/keys.ts';
import { DEFAULT_REGION, FIRST_REGIONS, regionBreach } from '../../core/destination/regions.ts';
import { cancelled } from '../../core/problem.ts';
import { type Answer, askAll, askPick, askText, type Step } from '../multiStep.ts';
import type { DestinationStore } from './destinationStore.ts';

/** What the prompts have learned so far. */
interface Draft {
  ownEndpoint?: boolean;
  endpoint?: string;
  forcePathStyle?: boolean;
  bucket?: string;
  region?: string;
  pathPrefix?: string;
  name?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
}

/**
 * Adds a destination: as it is given, or by asking for it.
 * @throws ProblemError `invalid-argument`, or `cancelled` when the user leaves the prompts; nothing is stored then
 */
export async function addDestination(
  store: DestinationStore,
  given?: Record<string, unknown>,
): Promise<{ name: string }> {
  const value = given ?? (await askForDestination(store));
  const destination = parseDestination(value);
  await store.add(destination);
  if (given === undefined) {
    void vscode.window.showInformationMessage(`Added the destination ${destination.name}.`);
  }
  return { name: destination.name };
}

async function askForDestination(store: DestinationStore): Promise<unknown> {
  const draft: Draft = {};
  if (!(await askAll('Add S3 Destination', steps(store), draft))) throw cancelled('Adding a destination');
  const { accessKeyId, secretAccessKey, sessionToken, ownEndpoint, endpoint, forcePathStyle, ...fields } = draft;
  const own = ownEndpoint === true ? { endpoint, forcePathStyle } : {};
  return { ...fields, ...own, credentials: { kind: 'keys', accessKeyId, secretAccessKey, sessionToken } };
}

function steps(store: DestinationStore): Step<Draft>[] {
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
    {
      ask: async (draft, frame) => {
        const validate = (value: string): string | undefined =>
          nameBreach(value) ??
          (store.has(value.trim()) ? `There is already a destination ${value.trim()}.` : undefined);
        const prompt = 'A name for the destination';
        const options = { prompt, value: draft.name ?? draft.bucket, placeholder: 'prod-exports', validate };
        return put(await askText(frame, options), (value) => (draft.name = value.trim()));
      },
    },
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

function put<T>(answer: Answer<T>, take: (value: T) => unknown): 'next' | 'back' | 'cancel' {
  if (answer.kind !== 'value') return answer.kind;
  take(answer.value);
  return 'next';
}
