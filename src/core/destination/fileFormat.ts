export const FILE_FORMATS = ['csv', 'jsonl'] as const;
/** What a file of rows is written as. */
export type FileFormat = (typeof FILE_FORMATS)[number];
