// The entry of the bundle that holds what deletes outputs.
export { abortUploads } from './abortUploads.ts';
export { deleteObjects, deleteRuns } from './deleteObjects.ts';
export { deleteSelected } from './deleteSelected.ts';
export { deleteSync } from './deleteSync.ts';
