import type { ParsedSyncs } from '../../../../../src/core/sync/definition/syncDefinition.ts';
import { parseSyncs } from '../../../../../src/core/sync/definition/parseSyncs.ts';

/** A definition with nothing wrong. */
export const USERS = { id: 'users', destination: 'prod', model: 'models/users.sql' };

/** Reads a file that holds these syncs. */
export function parsed(...syncs: object[]): ParsedSyncs & { text: string } {
  const text = JSON.stringify({ syncs }, undefined, 2);
  return { ...parseSyncs(text), text };
}

/** What was found, as `code: text of the place`. */
export function found({ findings, text }: ParsedSyncs & { text: string }): string[] {
  return findings.map(({ code, span: { offset, length } }) => `${code}: ${text.slice(offset, offset + length)}`);
}
