import * as vscode from 'vscode';
import type { DestinationFields } from '../../core/destination/destination.ts';
import { s3Uri } from '../../core/destination/keys.ts';
import { keysOfChosen } from '../../core/objects/chosen.ts';
import { httpsUrl } from '../../core/objects/urls.ts';
import type { Call } from '../commands.ts';
import { nodesOf } from '../outputs/outputActions.ts';
import { keysBy } from './chosen.ts';
import { type NodePlace, placeOf } from './nodePlace.ts';
import type { ObjectContext } from './objectCommands.ts';

/** How an object or a folder is named. */
export type NameKind = 'uri' | 'url' | 'key';

const NAMES: Record<NameKind, (place: DestinationFields, key: string) => string> = {
  uri: ({ bucket }, key) => s3Uri(bucket, key),
  url: httpsUrl,
  key: (_, key) => key,
};

const TITLES: Record<NameKind, string> = { uri: 'Copy S3 URI', url: 'Copy HTTPS URL', key: 'Copy Key' };

/**
 * Puts the names of what was chosen on the clipboard, a line for each object; a destination and a sync are one name, that of
 * their folder.
 * @returns the text under the kind of name
 * @throws ProblemError
 */
export async function copyName(
  context: ObjectContext,
  call: Call,
  kind: NameKind,
): Promise<Partial<Record<NameKind, string>>> {
  const name = NAMES[kind];
  const nodes = nodesOf(context, call);
  const lines: string[] = [];
  for (const node of nodes) {
    const place = placeOf(context.destinations, node);
    if (place === undefined) continue;
    const keys = place.keys ?? (await allKeys(context, place));
    lines.push(...keys.map((key) => name(context.destinations.fields(place.destination), key)));
  }
  if (lines.length === 0) {
    for (const { destination, keys } of await keysBy(context, call, TITLES[kind])) {
      lines.push(...keys.map((key) => name(destination, key)));
    }
  }
  const text = lines.join('\n');
  await vscode.env.clipboard.writeText(text);
  return { [kind]: text };
}

async function allKeys({ stores }: ObjectContext, { destination: name, chosen }: NodePlace): Promise<string[]> {
  const { destination, store } = await stores.get(name);
  return keysOfChosen(store, destination.pathPrefix, chosen === undefined ? [] : [chosen]);
}
