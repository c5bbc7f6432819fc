/** A document with a title. Sections that are empty are left out. */
export function document(title: string, sections: readonly string[]): string {
  return `# ${plain(title)}\n\n${sections.filter((text) => text !== '').join('\n')}`;
}

/** A part of a document. @param text Markdown that ends with a line break */
export function section(title: string, text: string): string {
  return `## ${plain(title)}\n\n${text}`;
}

/** A section with a table; empty where there are no rows. @param rows of cells in Markdown */
export function grid(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return section(title, `${lines.join('\n')}\n`);
}

/** A section with a table of names and values; those without a value are left out. */
export function facts(title: string, rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]));
  return grid(title, ['', ''], shown);
}

/** Text as it is, also within a table; nothing for what is missing or empty. */
export function code(text: string): string;
export function code(text: string | undefined): string | undefined;
export function code(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return text;
  const flat = text.replace(/\p{Cc}/gu, ' ').replaceAll('|', '\\|');
  const fence = '`'.repeat(Math.max(0, ...(flat.match(/`+/g) ?? []).map(({ length }) => length)) + 1);
  return fence.length === 1 ? `\`${flat}\`` : `${fence} ${flat} ${fence}`;
}

/** Text in which Markdown sees nothing but text, on one line. */
export function plain(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').replace(/([\\`*_{}[\]<>#|])/g, '\\$1');
}
