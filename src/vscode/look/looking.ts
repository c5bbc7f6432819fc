// The entry of the bundle that holds what reads objects for the eye.
export { listFolder, lookAtFile, readFile, statFile } from './objectFile.ts';
export { openObject, previewObject } from './previewObject.ts';
