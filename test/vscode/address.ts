import path from 'node:path';

/** The address VS Code's window has for a file or folder (absolute path) on the machine of its server. */
export function remoteUri(file: string): string {
  return /^[a-z-]+:\/\//.test(file) ? file : `vscode-remote://remote${path.resolve(file)}`;
}

/** What a window opens. */
export interface WindowContent {
  /** A folder or `.code-workspace` file, absolute; an empty window if missing. */
  folder?: string | undefined;
  /** Start-up options of the workbench: name and value. */
  payload?: readonly (readonly [string, string])[];
}

/** The address of a window on a server, with the token that lets it in. */
export function windowUrl(server: { url: string; token: string }, { folder, payload = [] }: WindowContent): string {
  const url = new URL(server.url);
  url.searchParams.set('tkn', server.token);
  if (folder === undefined) url.searchParams.set('ew', 'true');
  else url.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', folder);
  const options = [['skipWelcome', 'true'], ['skipReleaseNotes', 'true'], ...payload];
  url.searchParams.set('payload', JSON.stringify(options));
  return url.toString();
}
