/** The metadata by which an object is known to be of a run. */
export const RUN_ID_METADATA = 'run-id';
