import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { changeDestination } from '../../core/destination/changes.ts';
import { nameBreach } from '../../core/destination/destination.ts';
import { askForName } from './destinationPrompts.ts';
import type { DestinationStore } from './destinationStore.ts';
import type { FormHost } from './form/destinationForm.ts';
import { pickDestination } from './pickDestination.ts';

type Given = Record<string, unknown> | undefined;

/**
 * Changes a destination.
 * @param given `{name, changes}`; the form opens for what it does not hold. A change to `name` renames
 * @throws ProblemError `invalid-argument`, `cancelled`; the destination is then as it was
 */
export async function editDestination(form: FormHost, given: Given, chosen?: string): Promise<{ name: string }> {
  const { store } = form;
  const argument = new Arguments(given ?? {});
  const name = await nameOf(store, argument, chosen, 'Edit Destination');
  if (!argument.has('changes')) {
    const { openDestinationForm } = await import('./form/destinationForm.ts');
    return { name: await openDestinationForm(form, name) };
  }
  const current = store.fields(name);
  const changes = argument.raw('changes');
  const { fields, credentials } = changeDestination(current, changes);
  await store.update(name, fields, credentials);
  return { name: fields.name };
}

/** Renames a destination. @param given `{name, newName}` @throws ProblemError as `editDestination` */
export async function renameDestination(
  store: DestinationStore,
  given: Given,
  chosen?: string,
): Promise<{ name: string }> {
  const argument = new Arguments(given ?? {});
  const name = await nameOf(store, argument, chosen, 'Rename Destination');
  const fields = store.fields(name);
  const newName = argument.has('newName')
    ? newNameOf(argument)
    : await askForName(store, 'Rename Destination', name, name);
  await store.update(name, { ...fields, name: newName });
  return { name: newName };
}

/**
 * Makes a destination like another, with the same credentials.
 * @param given `{name, newName}`; what it does not hold is asked
 * @throws ProblemError `invalid-argument`, `cancelled`; nothing is added then
 */
export async function duplicateDestination(
  store: DestinationStore,
  given: Given,
  chosen?: string,
): Promise<{ name: string }> {
  const argument = new Arguments(given ?? {});
  const name = await nameOf(store, argument, chosen, 'Duplicate Destination');
  const shared = store.shared(name);
  const newName = argument.has('newName')
    ? newNameOf(argument)
    : await askForName(store, 'Duplicate Destination', '', freeName(store, name));
  const credentials = await store.storedCredentials(name);
  if (credentials === undefined) await store.addShared([{ ...shared, name: newName }]);
  else await store.add({ ...shared, name: newName, credentials });
  return { name: newName };
}

/**
 * Has a destination offered first, or, if it is already, none.
 * @param given `{name}`; `{name: null}` for none
 * @throws ProblemError `invalid-argument`
 */
export async function setDefaultDestination(
  store: DestinationStore,
  given: Given,
  chosen?: string,
): Promise<{ name: string | null }> {
  if (given?.name === null) {
    await store.setDefault(undefined);
    return { name: null };
  }
  const name = await nameOf(store, new Arguments(given ?? {}), chosen, 'Set Default Destination');
  await store.setDefault(name);
  if (given === undefined) vscode.window.setStatusBarMessage(`${name} is offered first from now on.`, 5000);
  return { name };
}

async function nameOf(
  store: DestinationStore,
  argument: Arguments,
  chosen: string | undefined,
  title: string,
): Promise<string> {
  const name = argument.has('name') ? argument.text('name') : (chosen ?? (await pickDestination(store, title)));
  store.fields(name);
  return name;
}

function newNameOf(argument: Arguments): string {
  const newName = argument.text('newName').trim();
  argument.refuse('newName', nameBreach(newName));
  return newName;
}

function freeName(store: DestinationStore, name: string): string {
  const base = name.slice(0, 80);
  let free = `${base}-copy`;
  for (let i = 2; store.has(free); i++) free = `${base}-copy-${i}`;
  return free;
}
