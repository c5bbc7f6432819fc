import type { Destination } from '../../../core/destination/destination.ts';
import { askMfaCode } from '../askMfaCode.ts';
import type { DestinationStore } from '../destinationStore.ts';
import type { CheckResult } from './destinationForm.ts';

/** Checks a destination for inserts; it need not be stored. Never rejects. */
export async function checkDestination(store: DestinationStore, destination: Destination): Promise<CheckResult> {
  const { openStore } = await import('../../../core/s3/store.ts');
  const check = await import('../../../core/diagnose/checkDestination.ts');
  const { verdict } = await import('../../../core/diagnose/checkReport.ts');
  const opened = openStore(destination, { askMfaCode, onSecret: (value) => store.hideSecret(value) });
  try {
    const result = await check.checkDestination(destination, opened, 'insert');
    const steps = result.checks.map(({ status, title, message, fix }) => ({
      status,
      message: `${title}: ${message}`,
      ...(fix === undefined ? {} : { fix }),
    }));
    return { ok: result.ok, summary: verdict(result), steps };
  } finally {
    opened.close();
  }
}
