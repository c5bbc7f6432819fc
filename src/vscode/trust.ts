import * as vscode from 'vscode';
import { ProblemError } from '../core/problem.ts';

/** Refuses work that reads what lies in the workspace, or sends it, before the user trusts it. @throws ProblemError `untrusted-workspace` */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new ProblemError({
    code: 'untrusted-workspace',
    message: 'Nothing of this workspace is read or sent before you trust it.',
    fix: 'Trust it with “Workspaces: Manage Workspace Trust”.',
  });
}
