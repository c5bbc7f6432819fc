import { Arguments } from '../../core/arguments.ts';
import { s3Uri } from '../../core/destination/keys.ts';
import { type Chosen, commonFolder, keysOfChosen, runsOf } from '../../core/objects/chosen.ts';
import { objectReport, runReport } from '../../core/objects/propertiesReport.ts';
import { httpsUrl } from '../../core/objects/urls.ts';
import { ProblemError } from '../../core/problem.ts';
import type { ObjectProperties } from '../../core/s3/properties.ts';
import type { Manifest } from '../../core/sync/manifest.ts';
import { Manifests } from '../../core/sync/manifests.ts';
import { nameWithinRun } from '../../core/sync/runGroups.ts';
import { manifestKey } from '../../core/sync/syncKeys.ts';
import type { Call } from '../commands.ts';
import { type ChosenAt, chosenBy } from './chosen.ts';
import type { ObjectContext } from './objectCommands.ts';

/** Of objects what the store says, of runs what their manifests say. */
export interface Properties {
  objects?: ObjectProperties[];
  runs?: Manifest[];
}

/**
 * Shows what is known of objects and of runs, a document for each, and returns it; for a sync, of its newest run.
 * @throws ProblemError `source-missing` where there is no such object or no manifest
 */
export async function showProperties(context: ObjectContext, call: Call): Promise<Properties> {
  const show = new Arguments(call.given ?? {}).flag('show', true);
  const objects: ObjectProperties[] = [];
  const runs: Manifest[] = [];
  for (const at of await chosenBy(context, call, 'Show Properties')) {
    for (const one of at.chosen) {
      if ('key' in one) objects.push(await ofObject(context, at, one.key, show));
      else if ('syncId' in one) runs.push(await ofRun(context, at, one, show));
    }
  }
  return { ...(objects.length === 0 ? {} : { objects }), ...(runs.length === 0 ? {} : { runs }) };
}

async function ofObject(
  { stores, showReport }: ObjectContext,
  { destination: name }: ChosenAt,
  key: string,
  show: boolean,
): Promise<ObjectProperties> {
  const { destination, store } = await stores.get(name);
  await keysOfChosen(store, destination.pathPrefix, [{ key }]);
  const object = await store.properties(key);
  if (object === undefined) throw missing(`There is no object ${key}.`);
  if (show) {
    const text = objectReport(object, s3Uri(destination.bucket, key), httpsUrl(destination, key));
    await showReport(
      'properties',
      nameWithinRun(key, commonFolder(destination.pathPrefix, [key])).replaceAll('/', '-'),
      text,
    );
  }
  return object;
}

async function ofRun(
  { stores, showReport }: ObjectContext,
  { destination: name }: ChosenAt,
  { syncId, runId: chosen }: Extract<Chosen, { syncId: string }>,
  show: boolean,
): Promise<Manifest> {
  const { destination, store } = await stores.get(name);
  const { bucket, pathPrefix } = destination;
  const runId = chosen ?? (await runsOf(store, pathPrefix, syncId))[0] ?? '';
  const manifest = await new Manifests(store, pathPrefix).get(syncId, runId);
  if (manifest === undefined) throw missing(`There is no manifest of the run ${runId} of ${syncId} that can be read.`);
  if (show) {
    const text = runReport(manifest, s3Uri(bucket, ''), manifestKey(pathPrefix, syncId, runId));
    await showReport('properties', `${syncId} ${runId}`, text);
  }
  return manifest;
}

function missing(message: string): ProblemError {
  return new ProblemError({ code: 'source-missing', message });
}
