import { ACLS, STORAGE_CLASSES } from '../../../core/destination/objectOptions.ts';
import { STORE_PRESETS, STORES } from '../../../core/destination/storePresets.ts';

/** A choice of a select: value and label. */
export type Choice = readonly [value: string, label: string];

/** One field of the form. */
export interface FormField {
  /** Its id in the form's values. */
  id: string;
  label: string;
  control: 'text' | 'password' | 'textarea' | 'select' | 'checkbox';
  choices?: readonly Choice[];
  placeholder?: string;
  /** A sentence below it. */
  help?: string;
}

/** A part of the form under a heading of its own. */
export interface FormGroup {
  id: string;
  title: string;
  fields: readonly FormField[];
  /** Whether it is folded at first. */
  folded?: boolean;
}

const choices = (values: readonly string[]): Choice[] => values.map((value) => [value, value]);

/** The fields of the form, in their order. @param stored whether keys are stored already */
export function formGroups(stored: boolean, kept: boolean): readonly FormGroup[] {
  const secret = stored ? 'Stored – type to replace' : '';
  return [
    {
      id: 'bucket',
      title: 'Bucket',
      fields: [
        {
          id: 'store',
          label: 'Store',
          control: 'select',
          choices: STORES.map((store) => [store, STORE_PRESETS[store].label]),
        },
        { id: 'endpoint', label: 'Endpoint', control: 'text' },
        { id: 'bucket', label: 'Bucket', control: 'text', placeholder: 'acme-data' },
        { id: 'region', label: 'Region', control: 'text' },
        {
          id: 'pathPrefix',
          label: 'Path prefix',
          control: 'text',
          help: 'The folder under which all syncs go. May be empty.',
        },
        {
          id: 'name',
          label: 'Name',
          control: 'text',
          placeholder: 'prod-exports',
          help: 'What the destination is called here.',
        },
      ],
    },
    {
      id: 'signIn',
      title: 'Sign in',
      fields: [
        {
          id: 'kind',
          label: 'Credentials',
          control: 'select',
          choices: [
            ['keys', 'Access keys'],
            ['profile', 'Profile of the AWS config files'],
            ['sso', 'Single sign-on by start URL'],
            ['env', 'Environment variables'],
            ['default', 'Default chain of the AWS SDK'],
            ...(kept ? ([['kept', 'As they are: roles on top of each other']] as const) : []),
          ],
        },
        { id: 'accessKeyId', label: 'Access key id', control: 'text', placeholder: secret || 'AKIA…' },
        {
          id: 'secretAccessKey',
          label: 'Secret access key',
          control: 'password',
          placeholder: secret,
          help: 'Kept in the editor’s secret storage.',
        },
        {
          id: 'sessionToken',
          label: 'Session token',
          control: 'password',
          placeholder: secret,
          help: 'Only for temporary credentials.',
        },
        {
          id: 'profile',
          label: 'Profile',
          control: 'text',
          placeholder: 'default',
          help: 'Keys, a role, single sign-on or a process.',
        },
        { id: 'startUrl', label: 'Start URL', control: 'text', placeholder: 'https://example.awsapps.com/start' },
        { id: 'ssoRegion', label: 'Region of the sign-on', control: 'text', placeholder: 'us-east-1' },
        { id: 'accountId', label: 'Account id', control: 'text', placeholder: '123456789012' },
        { id: 'roleName', label: 'Permission set', control: 'text' },
        { id: 'role', label: 'Assume a role with these credentials', control: 'checkbox' },
        { id: 'roleArn', label: 'Role', control: 'text', placeholder: 'arn:aws:iam::123456789012:role/exporter' },
        { id: 'externalId', label: 'External id', control: 'text', help: 'Where the role’s owner has given you one.' },
        {
          id: 'mfaSerial',
          label: 'MFA device',
          control: 'text',
          placeholder: 'arn:aws:iam::123456789012:mfa/me',
          help: 'Its code is asked when the role is assumed.',
        },
        { id: 'sessionName', label: 'Session name', control: 'text', placeholder: 's3-destinations' },
        {
          id: 'stsEndpoint',
          label: 'STS endpoint',
          control: 'text',
          help: 'Only if the role is assumed elsewhere than at AWS or the store.',
        },
      ],
    },
    {
      id: 'files',
      title: 'Files',
      fields: [
        {
          id: 'format',
          label: 'Format',
          control: 'select',
          choices: [
            ['csv', 'CSV'],
            ['jsonl', 'JSON Lines'],
          ],
        },
        { id: 'gzip', label: 'Compress with gzip', control: 'checkbox' },
        {
          id: 'fileName',
          label: 'File name',
          control: 'text',
          placeholder: '{run_time}-{run}-{part}.{ext}',
          help: 'Of {sync_id} {run} {run_time} {part} {ext} {yyyy} {MM} {dd} {HH} {mm} {ss}.',
        },
        {
          id: 'delimiter',
          label: 'Delimiter',
          control: 'select',
          choices: [
            [',', 'Comma'],
            [';', 'Semicolon'],
            ['\t', 'Tab'],
            ['|', 'Pipe'],
          ],
        },
        { id: 'nullText', label: 'Text for NULL', control: 'text', placeholder: 'nothing' },
        { id: 'header', label: 'Header with the column names', control: 'checkbox' },
        { id: 'quoteAll', label: 'Quote every value', control: 'checkbox' },
        { id: 'crlf', label: 'End lines with CR LF', control: 'checkbox' },
        { id: 'bom', label: 'Begin with a byte order mark', control: 'checkbox' },
        { id: 'escapeFormulas', label: 'Disarm formulas of spreadsheets', control: 'checkbox' },
        { id: 'bigNumbersAsStrings', label: 'Write big numbers as strings', control: 'checkbox' },
      ],
    },
    {
      id: 'advanced',
      title: 'Advanced',
      folded: true,
      fields: [
        {
          id: 'pathStyle',
          label: 'Bucket’s name',
          control: 'select',
          choices: [
            ['auto', 'As the store has it'],
            ['path', 'In the path'],
            ['host', 'In the host name'],
          ],
        },
        { id: 'fips', label: 'FIPS 140 endpoints', control: 'checkbox' },
        { id: 'dualStack', label: 'Dual-stack endpoints (IPv6)', control: 'checkbox' },
        {
          id: 'checksums',
          label: 'Checksums',
          control: 'select',
          choices: [
            ['auto', 'As the store has it'],
            ['supported', 'Wherever S3 knows them'],
            ['required', 'Only where needed'],
          ],
        },
        {
          id: 'deletes',
          label: 'Deletes',
          control: 'select',
          choices: [
            ['auto', 'As the store has it'],
            ['many', 'Many at once'],
            ['single', 'One by one'],
          ],
        },
        {
          id: 'encryption',
          label: 'Encryption',
          control: 'select',
          choices: [
            ['', 'As the bucket has it'],
            ['AES256', 'SSE-S3'],
            ['aws:kms', 'SSE-KMS'],
            ['aws:kms:dsse', 'DSSE-KMS'],
          ],
        },
        { id: 'kmsKeyId', label: 'KMS key', control: 'text', placeholder: 'the account’s own for S3' },
        { id: 'bucketKey', label: 'Use a bucket key', control: 'checkbox' },
        {
          id: 'storageClass',
          label: 'Storage class',
          control: 'text',
          placeholder: 'as the bucket has it',
          help: `Such as ${STORAGE_CLASSES.slice(1, 5).join(', ')}.`,
        },
        { id: 'acl', label: 'ACL', control: 'select', choices: [['', 'None'], ...choices(ACLS)] },
        {
          id: 'tags',
          label: 'Tags',
          control: 'textarea',
          placeholder: 'team=data',
          help: 'A line for each: name=value.',
        },
        {
          id: 'metadata',
          label: 'Metadata',
          control: 'textarea',
          placeholder: 'purpose=export',
          help: 'A line for each: name=value.',
        },
        {
          id: 'expectedBucketOwner',
          label: 'Bucket’s owner',
          control: 'text',
          placeholder: '123456789012',
          help: 'The store refuses if the bucket belongs to another account.',
        },
      ],
    },
  ];
}
