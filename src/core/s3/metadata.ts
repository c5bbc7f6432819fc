/** The metadata by which an object is known to be of a run. */
export const RUN_ID_METADATA = 'run-id';
/** The metadata by which an object is known to be of a sync. */
export const SYNC_ID_METADATA = 'sync-id';
