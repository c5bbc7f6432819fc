import { lstat, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

/** As many links after another as systems follow. */
const MOST_LINKS = 40;

/**
 * Whether a link leads to a file outside of the workspace, or the way there does: who has written the link need not be the
 * user. The file need not be there.
 */
export async function leadsOut(folder: vscode.WorkspaceFolder, uri: vscode.Uri): Promise<boolean> {
  // Other file systems have no links that the editor would follow by itself.
  if (uri.scheme !== 'file') return false;
  const file = await realPlace(uri.fsPath);
  for (const { uri: root } of [folder, ...(vscode.workspace.workspaceFolders ?? [])]) {
    if (root.scheme !== 'file' || file === undefined) continue;
    const fromRoot = path.relative(await realPlace(root.fsPath).then((real) => real ?? root.fsPath), file);
    if (fromRoot !== '' && !path.isAbsolute(fromRoot) && fromRoot.split(path.sep)[0] !== '..') return false;
  }
  return true;
}

/** Where a file is, or would be if it were made; undefined where links lead in a circle. */
async function realPlace(file: string, links = 0): Promise<string | undefined> {
  try {
    return await realpath(file);
  } catch {
    if (links > MOST_LINKS) return undefined;
    const stats = await lstat(file).catch(() => undefined);
    if (stats?.isSymbolicLink() === true) {
      return realPlace(path.resolve(path.dirname(file), await readlink(file)), links + 1);
    }
    const parent = path.dirname(file);
    if (parent === file) return file;
    const above = await realPlace(parent, links);
    return above === undefined ? undefined : path.join(above, path.basename(file));
  }
}
