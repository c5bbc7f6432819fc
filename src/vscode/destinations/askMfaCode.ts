import * as vscode from 'vscode';
import { cancelled } from '../../core/problem.ts';

/** Asks for the code that an MFA device shows. @throws ProblemError `cancelled` */
export async function askMfaCode(serial: string): Promise<string> {
  const code = await vscode.window.showInputBox({
    title: 'Sign In with MFA',
    prompt: `The code that ${serial} shows`,
    placeHolder: '123456',
    ignoreFocusOut: true,
    validateInput: (value) => (/^\d{6}$/.test(value.trim()) ? undefined : 'A code has six digits.'),
  });
  if (code === undefined) throw cancelled('Signing in');
  return code.trim();
}
