// The entry of the bundle that holds what is done with objects.
export { compareRuns } from './compareRuns.ts';
export { copyName } from './copyName.ts';
export { download } from './download.ts';
export { exportOfDrop } from './dropFiles.ts';
export { openInConsole } from './openInConsole.ts';
export { presign } from './presign.ts';
export { showProperties } from './showProperties.ts';
