import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import { type Chosen, keysOfChosen, parseChosen } from '../../core/objects/chosen.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { Call } from '../commands.ts';
import { asNode, nodesOf } from '../outputs/outputActions.ts';
import type { ObjectContext } from './objectCommands.ts';
import { placeOf } from './nodePlace.ts';
import { pickChosen } from './pickChosen.ts';

/** What an action is done to at one destination. */
export interface ChosenAt {
  destination: string;
  chosen: Chosen[];
}

/**
 * What a command is to be done to, destination by destination: what the caller says, what is selected in the tree, or, where
 * nothing of use is selected, what the person is asked for.
 * @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function chosenBy(context: ObjectContext, call: Call, title: string): Promise<ChosenAt[]> {
  if (call.given !== undefined) {
    const given = new Arguments(call.given);
    return [{ destination: given.text('destination'), chosen: parseChosen(given) }];
  }
  const by = new Map<string, Chosen[]>();
  for (const node of nodesOf(context, call)) {
    const { destination, chosen } = placeOf(context.destinations, node) ?? {};
    if (destination === undefined || chosen === undefined) continue;
    by.set(destination, [...(by.get(destination) ?? []), chosen]);
  }
  if (by.size > 0) return [...by].map(([destination, chosen]) => ({ destination, chosen }));
  if (asNode(call.called) !== undefined) throw invalidArgument('Choose objects, runs or syncs in the outputs.');
  return [await pickChosen(context, title)];
}

/** A destination with the keys of what was chosen there. */
export interface KeysAt {
  destination: Destination;
  store: Store;
  keys: string[];
}

/** As `chosenBy`, with the keys of all objects. @throws ProblemError also where there are none */
export async function keysBy(context: ObjectContext, call: Call, title: string): Promise<KeysAt[]> {
  const all: KeysAt[] = [];
  for (const { destination: name, chosen } of await chosenBy(context, call, title)) {
    const { destination, store } = await context.stores.get(name);
    all.push({ destination, store, keys: await keysOfChosen(store, destination.pathPrefix, chosen) });
  }
  return all;
}
