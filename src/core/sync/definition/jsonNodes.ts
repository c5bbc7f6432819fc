import type { Node } from 'jsonc-parser';
import type { TextSpan } from './syncDefinition.ts';

/** A property of an object in JSON text. */
export interface JsonProperty {
  name: string;
  key: Node;
  value: Node;
}

/** The properties of an object, in their order. A name that stands twice is given twice. */
export function propertiesOf(object: Node): JsonProperty[] {
  return (object.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key === undefined || value === undefined ? [] : [{ name: String(key.value), key, value }],
  );
}

/** Where a node is in the text. */
export function spanOf({ offset, length }: Node): TextSpan {
  return { offset, length };
}
