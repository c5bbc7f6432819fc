/** An object, by its destination's name and its key. */
export interface ObjectName {
  destination: string;
  key: string;
}

/**
 * The path by which the editor names an object or a folder: `/{destination}/{key}`. The editor brings paths into a normal form,
 * in which two slashes become one and dots lead elsewhere: such parts of a key stand in angle quotes, `‹›` and `‹..›`.
 */
export function objectPath({ destination, key }: ObjectName): string {
  const parts = key === '' ? [] : key.split('/').map(pathPart);
  return `/${[destinationPart(destination), ...parts].join('/')}`;
}

/** How a destination's name stands in a path: it may have slashes. */
export function destinationPart(name: string): string {
  return pathPart(name.replaceAll('%', '%25').replaceAll('/', '%2F'));
}

/** The object or the folder that a path names. A folder's key has no slash at its end. */
export function objectOfPath(path: string): ObjectName {
  const [destination = '', ...parts] = path.replace(/^\//, '').replace(/\/$/, '').split('/').map(unquoted);
  return { destination: destination.replaceAll('%2F', '/').replaceAll('%25', '%'), key: parts.join('/') };
}

/** How a part of a key stands in a path. */
export function pathPart(part: string): string {
  return depthOf(part) === undefined ? part : `‹${part}›`;
}

function unquoted(part: string): string {
  return (depthOf(part) ?? 0) > 0 ? part.slice(1, -1) : part;
}

/** How many pairs of quotes there are around nothing or dots; undefined for other text. */
function depthOf(part: string): number | undefined {
  const [, left = '', right = ''] = /^(‹*)\.{0,2}(›*)$/.exec(part) ?? [];
  const isSpecial = /^(‹*)\.{0,2}(›*)$/.test(part) && left.length === right.length;
  return isSpecial ? left.length : undefined;
}
