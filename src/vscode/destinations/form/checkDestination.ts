import type { Destination } from '../../../core/destination/destination.ts';
import { s3Uri } from '../../../core/destination/keys.ts';
import { ProblemError } from '../../../core/problem.ts';
import { askMfaCode } from '../askMfaCode.ts';
import type { DestinationStore } from '../destinationStore.ts';
import type { CheckResult } from './destinationForm.ts';

/** Looks whether a destination can be reached and listed; it need not be stored. Never rejects. */
export async function checkDestination(store: DestinationStore, destination: Destination): Promise<CheckResult> {
  const { openStore } = await import('../../../core/s3/store.ts');
  const opened = openStore(destination, { askMfaCode, onSecret: (value) => store.hideSecret(value) });
  const place = s3Uri(destination.bucket, destination.pathPrefix);
  try {
    const { items } = await opened.listFolders(destination.pathPrefix);
    const found = items.length === 1 ? '1 folder' : `${items.length} folders`;
    return {
      ok: true,
      summary: 'The bucket can be reached.',
      steps: [{ status: 'ok', message: `Listed ${place}: ${found}` }],
    };
  } catch (error) {
    const { message, fix } = error instanceof ProblemError ? error.problem : { message: String(error), fix: undefined };
    const step = { status: 'failed', message, ...(fix === undefined ? {} : { fix }) } as const;
    return { ok: false, summary: `${place} could not be listed.`, steps: [step] };
  } finally {
    opened.close();
  }
}
