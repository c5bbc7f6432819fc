import type { Purpose } from './iamPolicy.ts';

/** What a policy has to allow, as far as it is known where a problem is found. */
export interface WantedPolicy {
  /** What the destination was to be used for; inserts where it is missing. */
  for?: Purpose;
  /** The IAM action that was refused, which may be one that exports of the purpose do not need. */
  also?: string;
  /** ARN of the KMS key that was refused. */
  kmsKey?: string;
}

/** What the editor can do about a problem when it is asked to. Plain JSON: it travels with a problem. */
export type Repair =
  | { kind: 'set-region'; region: string }
  | { kind: 'set-bucket'; bucket: string }
  | { kind: 'set-path-style'; forcePathStyle: boolean }
  | { kind: 'set-checksums'; checksums: 'supported' | 'required' }
  | { kind: 'set-endpoint'; endpoint: string }
  | ({ kind: 'copy-policy' } & WantedPolicy)
  | { kind: 'reenter-credentials' }
  | { kind: 'sign-in' }
  | { kind: 'edit-destination' }
  | { kind: 'open-setting'; setting: string }
  | { kind: 'retry' };

/** The text of the button that does it. */
export function repairLabel(repair: Repair): string {
  switch (repair.kind) {
    case 'set-region':
      return `Use ${repair.region}`;
    case 'set-bucket':
      return `Use ${repair.bucket}`;
    case 'set-path-style':
      return repair.forcePathStyle ? 'Put Bucket in Path' : 'Put Bucket in Host Name';
    case 'set-checksums':
      return repair.checksums === 'required' ? 'Send Fewer Checksums' : 'Send Checksums';
    case 'set-endpoint':
      return `Use ${repair.endpoint}`;
    case 'copy-policy':
      return 'Copy IAM Policy';
    case 'reenter-credentials':
      return 'Re-enter Credentials';
    case 'sign-in':
      return 'Sign In Again';
    case 'edit-destination':
      return 'Edit Destination';
    case 'open-setting':
      return 'Open Setting';
    case 'retry':
      return 'Try Again';
  }
}

/** The same repairs, with the policy that exports of a purpose need where they copy one. */
export function repairsFor(purpose: Purpose, repairs: readonly Repair[]): Repair[] {
  return repairs.map((repair) => (repair.kind === 'copy-policy' ? { ...repair, for: purpose } : repair));
}
