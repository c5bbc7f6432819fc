/** What a form holds: flat, by the fields' ids. Text fields are as they were typed. */
export type FormValues = Readonly<Record<string, string | boolean>>;

/** A step of a connection check, as it is shown. */
export interface CheckStep {
  status: 'ok' | 'failed' | 'skipped';
  message: string;
  fix?: string;
}

/** What the form's page says. */
export type FromForm =
  | { type: 'ready' }
  | { type: 'changed'; values: FormValues }
  | { type: 'save'; values: FormValues }
  | { type: 'check'; values: FormValues }
  | { type: 'cancel' };

/** What the form's page is told. */
export type ToForm =
  | { type: 'values'; values: FormValues }
  | {
      type: 'state';
      errors: Record<string, string>;
      warnings: Record<string, string>;
      placeholders: Record<string, string>;
      hidden: string[];
      example: string;
    }
  | { type: 'refused'; message: string }
  | { type: 'checking' }
  | { type: 'checked'; ok: boolean; summary: string; steps: CheckStep[] };
