import * as vscode from 'vscode';
import type { Kind, Mode } from '../../core/sync/exportRequest.ts';
import { askPick, askText, type Step } from '../multiStep.ts';

/** What is known of how a run treats what is there. */
export interface ModeDraft {
  /** Whether it is to be asked: a caller who works unattended says it, or takes the default. */
  askMode?: boolean;
  kind?: Kind;
  mode?: Mode;
  onlyNewRows?: boolean;
  primaryKey?: string[];
}

interface ModeItem extends Omit<vscode.QuickPickItem, 'kind'> {
  answer: Required<Pick<ModeDraft, 'kind' | 'mode' | 'onlyNewRows'>>;
}

const MODE_ITEMS: readonly ModeItem[] = [
  modeItem('Insert', 'a new set of files; earlier ones stay', 'add', 'model', 'insert'),
  modeItem('Mirror', 'a new set takes the place of the one before', 'mirror', 'model', 'mirror'),
  modeItem('Insert new rows', 'only rows whose key is new', 'diff-added', 'model', 'insert', true),
  modeItem('Audience: add', 'members who have joined since the last run', 'person-add', 'audience', 'add'),
  modeItem('Audience: upsert', 'members who have joined or changed', 'organization', 'audience', 'upsert'),
  modeItem('Audience: mirror', 'all members; keys are checked', 'mirror', 'audience', 'mirror'),
];

/** Asks for the mode and, where it needs one, for the primary key. */
export function modeSteps<D extends ModeDraft>(): Step<D>[] {
  return [
    {
      when: ({ askMode }) => askMode === true,
      ask: async (draft, frame) => {
        const active = MODE_ITEMS.find(
          ({ answer: { kind, mode, onlyNewRows } }) =>
            kind === draft.kind && mode === draft.mode && onlyNewRows === (draft.onlyNewRows ?? false),
        );
        const answer = await askPick(frame, { items: MODE_ITEMS, active, placeholder: 'How?' });
        if (answer.kind !== 'value') return answer.kind;
        Object.assign(draft, answer.value.answer);
        return 'next';
      },
    },
    {
      when: ({ askMode, kind, onlyNewRows }) => askMode === true && (kind === 'audience' || onlyNewRows === true),
      ask: async (draft, frame) => {
        const answer = await askText(frame, {
          prompt: 'The primary key: the columns that tell rows apart, separated by commas',
          placeholder: 'user_id',
          value: draft.primaryKey?.join(', '),
          validate: (value) => (namesOf(value).length === 0 ? 'A column is required.' : undefined),
        });
        if (answer.kind !== 'value') return answer.kind;
        draft.primaryKey = namesOf(answer.value);
        return 'next';
      },
    },
  ];
}

/** The argument's fields that say what was answered. */
export function modeArguments({ kind, mode, onlyNewRows, primaryKey }: ModeDraft): Record<string, unknown> {
  if (mode === undefined) return {};
  const needsKey = kind === 'audience' || onlyNewRows === true;
  return { kind, mode, ...(onlyNewRows === true ? { onlyNewRows } : {}), ...(needsKey ? { primaryKey } : {}) };
}

function namesOf(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

function modeItem(
  label: string,
  description: string,
  icon: string,
  kind: Kind,
  mode: Mode,
  onlyNewRows = false,
): ModeItem {
  return { label, description, iconPath: new vscode.ThemeIcon(icon), answer: { kind, mode, onlyNewRows } };
}
