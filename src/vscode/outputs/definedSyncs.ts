import * as vscode from 'vscode';
import type { Kind, Mode } from '../../core/sync/exportRequest.ts';

/** A sync that is defined in the workspace, as the tree shows it beside what lies at the destination. */
export interface DefinedSync {
  syncId: string;
  kind?: Kind;
  mode?: Mode;
  /** What it is doing now; missing when it is at rest. */
  activity?: 'queued' | 'running';
  /** Why it cannot run as it stands, in a sentence. */
  problem?: string;
  /** The file that defines it. */
  definition?: vscode.Uri;
}

/** Tells the tree of the syncs that are defined in the workspace. */
export interface DefinedSyncs {
  /** Those to a destination, in the order in which they are defined. Never throws, and reads nothing. */
  of(destination: string): readonly DefinedSync[];
  /** Fires when they may be others than before. */
  readonly onDidChange: vscode.Event<undefined>;
}

/** For a workspace without definitions. */
export const NO_DEFINED_SYNCS: DefinedSyncs = {
  of: () => [],
  onDidChange: () => new vscode.Disposable(() => undefined),
};
