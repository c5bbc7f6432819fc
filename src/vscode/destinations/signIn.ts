import path from 'node:path';
import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { needsKeys } from '../../core/destination/secrets.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { SignIn } from '../../core/s3/profiles.ts';
import type { DestinationStore } from './destinationStore.ts';
import { reenterCredentials } from './reenterCredentials.ts';
import { pickDestination } from './pickDestination.ts';

/** The profile of the config file that is written for a destination that names no profile. */
const OWN_PROFILE = 's3-destinations';

/**
 * Signs in with single sign-on, or with the AWS CLI's own way: runs the CLI in a terminal, where the user goes on. What is exported afterwards
 * finds the new sign-in by itself. Where it is keys that have expired, new ones are asked.
 * @param storage a folder of the extension's own
 * @param given `{name}`; what it does not hold is asked
 * @returns what runs in the terminal
 * @throws ProblemError `invalid-argument` where the destination does not sign in that way; `cancelled`
 */
export async function signIn(
  store: DestinationStore,
  storage: vscode.Uri,
  given: Record<string, unknown> | undefined,
  chosen?: string,
): Promise<{ commandLine?: string }> {
  const argument = new Arguments(given ?? {});
  const name = argument.has('name') ? argument.text('name') : (chosen ?? (await pickDestination(store, 'Sign In')));
  const credentials = store.shownCredentials(name);
  const { signInOf } = await import('../../core/s3/profiles.ts');
  const way = await signInOf(credentials);
  if (way === undefined && needsKeys(credentials)) {
    await reenterCredentials(store, { name });
    return {};
  }
  if (way === undefined) {
    const message = `${name} does not sign in with single sign-on.`;
    throw invalidArgument(message, 'Edit the destination to change how it signs in.');
  }
  const { commandLine, env } = way.profile === undefined ? await withOwnProfile(storage, way) : { ...way, env: {} };
  const terminal = vscode.window.createTerminal({
    name: `Sign In: ${name}`,
    env,
    iconPath: new vscode.ThemeIcon('key'),
  });
  terminal.show();
  terminal.sendText(commandLine);
  return { commandLine };
}

/** The CLI knows single sign-on by profiles only: one is written that says what the destination says. */
async function withOwnProfile(
  storage: vscode.Uri,
  { startUrl = '', ssoRegion = '' }: SignIn,
): Promise<{ commandLine: string; env: Record<string, string> }> {
  await vscode.workspace.fs.createDirectory(storage);
  const file = vscode.Uri.joinPath(storage, 'sign-in.config');
  const text = `[profile ${OWN_PROFILE}]\nsso_start_url = ${startUrl}\nsso_region = ${ssoRegion}\n`;
  await vscode.workspace.fs.writeFile(file, Buffer.from(text));
  return {
    commandLine: `aws sso login --profile ${OWN_PROFILE}`,
    env: { AWS_CONFIG_FILE: path.normalize(file.fsPath) },
  };
}
