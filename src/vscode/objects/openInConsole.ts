import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { syncFolder, syncIdBreach } from '../../core/destination/keys.ts';
import { consoleUrl } from '../../core/objects/urls.ts';
import { invalidArgument, ProblemError } from '../../core/problem.ts';
import { refuseOutside } from '../../core/sync/outputs.ts';
import type { Call } from '../commands.ts';
import { pickDestination } from '../destinations/pickDestination.ts';
import { nodesOf } from '../outputs/outputActions.ts';
import { placeOf } from './nodePlace.ts';
import type { ObjectContext } from './objectCommands.ts';

/**
 * Opens AWS's console in the browser: at the object, at the folder of a sync, or at the destination's prefix.
 * @returns the page's address; with `open: false` it is not opened
 * @throws ProblemError `unsupported-by-store` where the store is none of AWS
 */
export async function openInConsole(context: ObjectContext, call: Call): Promise<{ url: string }> {
  const { destination: name, key } = await placeBy(context, call);
  const place = context.destinations.fields(name);
  const url = consoleUrl(place, key ?? place.pathPrefix);
  if (url === undefined) {
    const message = `${name} is not at a store that AWS’s console shows.`;
    throw new ProblemError({ code: 'unsupported-by-store', message });
  }
  if (new Arguments(call.given ?? {}).flag('open', true)) await vscode.env.openExternal(vscode.Uri.parse(url, true));
  return { url };
}

/** What is to be shown; without a key, the destination's prefix. */
async function placeBy(context: ObjectContext, call: Call): Promise<{ destination: string; key?: string }> {
  if (call.given !== undefined) {
    const given = new Arguments(call.given);
    const destination = given.text('destination');
    const { pathPrefix } = context.destinations.fields(destination);
    if (given.has('key')) {
      const key = given.text('key');
      refuseOutside(pathPrefix, [key]);
      return { destination, key };
    }
    if (!given.has('syncId')) return { destination };
    const syncId = given.text('syncId');
    given.refuse('syncId', syncIdBreach(syncId));
    return { destination, key: syncFolder(pathPrefix, syncId) };
  }
  const [node] = nodesOf(context, call);
  if (node === undefined) return { destination: await pickDestination(context.destinations, 'Open in AWS Console') };
  const place = placeOf(context.destinations, node);
  if (place === undefined) throw invalidArgument('Choose a destination, a sync, a run or an object in the outputs.');
  return place;
}
