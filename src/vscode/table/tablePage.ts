import { attribute, pageHead } from '../webviewText.ts';

/** What the page is made from. */
export interface TablePage {
  title: string;
  /** Where the page's script and style lie. */
  script: string;
  style: string;
  /** What the editor lets a webview load from. */
  cspSource: string;
  nonce: string;
}

/** The page of a table. It holds no row: those come in messages. */
export function tablePage({ title, script, style, cspSource, nonce }: TablePage): string {
  const policy = `style-src ${cspSource} 'nonce-${nonce}'; font-src ${cspSource}; script-src 'nonce-${nonce}';`;
  return `${pageHead({ title, style, policy })}
<body data-nonce="${nonce}" data-vscode-context='{"preventDefaultContextMenuItems": true}'>
<header>
<span id="count" role="status"></span>
<button id="more" type="button" hidden>Load More Rows</button>
<button id="again" type="button" hidden>Try Again</button>
<button id="text" type="button" hidden>Open as Text</button>
<span id="search" role="search">
<span id="found" role="status"></span>
<input id="needle" type="search" placeholder="Find in these rows" aria-label="Find in these rows" autocomplete="off" spellcheck="false">
<button id="previous" type="button" class="icon" title="Previous Match (Shift+Enter)" aria-label="Previous match"><span class="codicon codicon-arrow-up"></span></button>
<button id="next" type="button" class="icon" title="Next Match (Enter)" aria-label="Next match"><span class="codicon codicon-arrow-down"></span></button>
</span>
</header>
<div id="messages" role="status"></div>
<div id="grid" role="region" aria-label="${attribute(title)}"></div>
<section id="detail" aria-label="Value" hidden>
<div id="detail-head"><span id="detail-name"></span><button id="detail-close" type="button" class="icon" title="Close (Escape)" aria-label="Close"><span class="codicon codicon-close"></span></button></div>
<pre id="detail-text" tabindex="0"></pre>
</section>
<script nonce="${nonce}" src="${attribute(script)}"></script>
</body>
</html>`;
}
