import { malformedXml } from './errors.ts';

/** What can be written as XML: text, a list (the element is repeated) or child elements; undefined writes nothing. */
export type XmlValue = string | number | boolean | undefined | XmlValue[] | { [name: string]: XmlValue };

/** An element of a request body. */
export interface XmlElement {
  name: string;
  text: string;
  children: XmlElement[];
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function escape(text: string): string {
  // Control characters go as references: S3 keys may hold them, and a parser would turn a raw CR or TAB into something else.
  // eslint-disable-next-line no-control-regex
  return text.replace(/[&<>"'\u0000-\u001f]/g, (c) => ESCAPES[c] ?? `&#${c.charCodeAt(0)};`);
}

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}

/** Writes one element, or as many as the list has items. */
export function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  const inner =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([child, content]) => element(child, content))
          .join('')
      : escape(String(value));
  return `<${name}>${inner}</${name}>`;
}

/** Writes a whole answer. Error documents have no namespace at AWS, everything else has. */
export function document(root: string, value: XmlValue, namespace = NAMESPACE): string {
  const xmlns = namespace ? ` xmlns="${namespace}"` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n` + element(root, value).replace(`<${root}>`, `<${root}${xmlns}>`);
}

/**
 * Reads a request body: elements and text, which is all that S3's requests have.
 * @throws S3Error MalformedXML if the tags do not nest or something follows the root element.
 */
export function parseXml(source: string): XmlElement {
  const top: XmlElement = { name: '', text: '', children: [] };
  const open = [top];
  const tokens = source
    .replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, '')
    .matchAll(/<(\/?)([^\s/>]+)[^>]*?(\/?)>|([^<]+)/g);
  for (const [, closing, tag, empty, text] of tokens) {
    const parent = open.at(-1)!;
    if (text !== undefined) {
      parent.text += unescape(text);
    } else if (closing) {
      if (open.length < 2 || open.pop()!.name !== tag) throw malformedXml();
    } else {
      const child = { name: tag!.replace(/^.*:/, ''), text: '', children: [] };
      parent.children.push(child);
      if (!empty) open.push(child);
    }
  }
  const root = top.children[0];
  if (open.length !== 1 || !root || top.children.length !== 1) throw malformedXml();
  return root;
}

/** The text of the first child of that name, undefined if there is none. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return parent.children.find((child) => child.name === name)?.text;
}
