/** Text as it may stand between tags and in an attribute. */
export function attribute(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What every page of ours begins with, up to its body. */
export interface PageHead {
  title: string;
  /** Where the page's style lies. */
  style: string;
  /** What the page may load, besides the nothing that is the default. */
  policy: string;
}

/** The head of a page, as HTML. */
export function pageHead({ title, style, policy }: PageHead): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; ${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>`;
}
