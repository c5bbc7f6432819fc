import * as vscode from 'vscode';

/** Bytes; files that people write are smaller. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The text of a file: as it stands in the editor while it is not saved, else as it is stored. What an editor shows that was
 * not changed in it may be behind what is stored.
 * @returns undefined when there is no such file
 * @throws whatever the file system does when it cannot be read, and for what is no file or too large
 */
export async function fileText(uri: vscode.Uri): Promise<string | undefined> {
  const key = uri.toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
  if (open?.isDirty === true) return open.getText();
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    // A link may lead to what has no end.
    if ((type & vscode.FileType.File) === 0) throw new Error('It is no file.');
    if (size > MAX_BYTES) throw new Error(`It has ${size} bytes, which are too many.`);
    return await textOf(await vscode.workspace.fs.readFile(uri), uri);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  }
}

/** UTF-8, as a file says itself whose first bytes are these. */
const UTF8_MARK = [0xef, 0xbb, 0xbf];

async function textOf(bytes: Uint8Array, uri: vscode.Uri): Promise<string> {
  // Editors in a browser fail to decode such files.
  if (UTF8_MARK.every((byte, i) => bytes[i] === byte)) return new TextDecoder().decode(bytes);
  try {
    return await vscode.workspace.decode(bytes, { uri });
  } catch (error) {
    throw error instanceof Error
      ? error
      : new Error('The editor cannot tell what its bytes stand for.', { cause: error });
  }
}
