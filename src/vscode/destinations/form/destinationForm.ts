import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { parseDestination, type Destination } from '../../../core/destination/destination.ts';
import {
  type FormContext,
  formErrors,
  formWarnings,
  hiddenFields,
  keyExample,
  placeholders,
} from '../../../core/destination/formChecks.ts';
import type { CheckStep, FormValues, FromForm, ToForm } from '../../../core/destination/formMessages.ts';
import { argumentOf, EMPTY_VALUES, valuesOf } from '../../../core/destination/formValues.ts';
import { needsKeys } from '../../../core/destination/secrets.ts';
import { cancelled, ProblemError } from '../../../core/problem.ts';
import { profiles } from '../credentialPrompts.ts';
import type { DestinationStore } from '../destinationStore.ts';
import { formGroups } from './formFields.ts';
import { formPage } from './formPage.ts';

/** What the form needs of the extension. */
export interface FormHost {
  store: DestinationStore;
  /** The folder with the page's script and style. */
  dist: vscode.Uri;
  /** Checks a destination that may not be stored yet. Does not reject. */
  check: (destination: Destination) => Promise<CheckResult>;
}

/** How a check went. */
export interface CheckResult {
  ok: boolean;
  summary: string;
  steps: CheckStep[];
}

/** Profiles that a list can hold; with more, the name is typed. */
const MAX_PROFILES = 200;

/**
 * Opens the form for a destination.
 * @param name the one that is edited; a new one, if undefined
 * @returns the name under which it was saved
 * @throws ProblemError `cancelled` when the form is closed; what is stored is then as it was
 */
export async function openDestinationForm(host: FormHost, name: string | undefined): Promise<string> {
  const { store } = host;
  const stored = name === undefined ? undefined : await store.storedCredentials(name);
  const shown = name === undefined ? undefined : store.shownCredentials(name);
  const initial = name === undefined || shown === undefined ? EMPTY_VALUES : valuesOf(store.fields(name), shown);
  const keysStored = stored !== undefined && shown !== undefined && needsKeys(shown);
  const context: FormContext = { keysStored, isTaken: (other) => other !== name && store.has(other) };
  const title = name === undefined ? 'Add Destination' : `Edit ${name}`;
  const names = (await profiles()).slice(0, MAX_PROFILES).map((profile) => profile.name);
  const panel = vscode.window.createWebviewPanel('s3Destinations.destination', title, vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [host.dist],
    // What was typed, secrets among it, stays in the page rather than in the window's state.
    retainContextWhenHidden: true,
  });
  const uri = (file: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(host.dist, file)).toString();
  const say = (message: ToForm): void => void panel.webview.postMessage(message);
  const sayState = (values: FormValues): void => {
    say({
      type: 'state',
      errors: formErrors(values, context),
      warnings: formWarnings(values),
      placeholders: placeholders(values),
      hidden: [...hiddenFields(values)],
      example: keyExample(values),
    });
  };
  /** What the form holds; says what is wrong with it and returns undefined, if something is. */
  const destinationOf = (values: FormValues): Destination | undefined => {
    sayState(values);
    if (Object.keys(formErrors(values, context)).length > 0) {
      say({ type: 'refused', message: 'Some fields cannot be used.' });
      return undefined;
    }
    return parseDestination(argumentOf(values, stored));
  };
  return new Promise((resolve, reject) => {
    const save = async (values: FormValues): Promise<void> => {
      const destination = destinationOf(values);
      if (destination === undefined) return;
      const { credentials, ...fields } = destination;
      if (name === undefined) await store.add(destination);
      else await store.update(name, fields, credentials);
      resolve(fields.name);
      panel.dispose();
    };
    const check = async (values: FormValues): Promise<void> => {
      const destination = destinationOf(values);
      if (destination === undefined) return;
      say({ type: 'checking' });
      say({ type: 'checked', ...(await host.check(destination)) });
    };
    const handle = async (message: FromForm): Promise<void> => {
      switch (message.type) {
        case 'ready':
          say({ type: 'values', values: initial });
          sayState(initial);
          return;
        case 'changed':
          sayState(message.values);
          return;
        case 'save':
          return save(message.values);
        case 'check':
          return check(message.values);
        case 'cancel':
          panel.dispose();
      }
    };
    panel.webview.onDidReceiveMessage((message: FromForm) => {
      handle(message).catch((error: unknown) => {
        const text = error instanceof ProblemError ? error.message : 'The destination could not be stored.';
        say({ type: 'refused', message: text });
      });
    });
    panel.onDidDispose(() => reject(cancelled(title)));
    panel.webview.html = formPage({
      title,
      groups: formGroups(keysStored, initial.kind === 'kept'),
      script: uri('destinationForm.js'),
      style: uri('destinationForm.css'),
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(16).toString('hex'),
      profiles: names,
    });
  });
}
