import { hasControlCharacter } from '../../destination/keys.ts';

/**
 * What is wrong with the path of a model, or undefined. It is read as a path from the workspace folder, with slashes, and
 * may not lead out of it.
 */
export function modelPathBreach(model: string): string | undefined {
  if (model.trim() === '') return 'The path of a .sql file is required.';
  if (model.length > 1000) return 'A path may have at most 1,000 characters.';
  if (hasControlCharacter(model)) return 'A path may not contain control characters.';
  if (model.includes('\\')) return 'Folders are separated by slashes, so that the path is the same on every system.';
  if (model.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(model))
    return 'It has to be a path from the workspace folder.';
  if (model.split('/').includes('..')) return 'It may not lead out of the workspace folder.';
  if (model.endsWith('/')) return 'It has to be a file, not a folder.';
  return undefined;
}
