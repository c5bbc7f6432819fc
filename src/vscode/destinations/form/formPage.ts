import { attribute as text, pageHead } from '../../webviewText.ts';
import type { FormField, FormGroup } from './formFields.ts';

/** What the page is made from. */
export interface FormPage {
  title: string;
  groups: readonly FormGroup[];
  /** Where the page's script and style lie. */
  script: string;
  style: string;
  /** What the editor lets a webview load from. */
  cspSource: string;
  nonce: string;
  /** Names of the profiles that can be picked. */
  profiles: readonly string[];
}

/** The form as HTML. It holds no value: those come in messages, and secrets not at all. */
export function formPage({ title, groups, script, style, cspSource, nonce, profiles }: FormPage): string {
  const policy = `style-src ${cspSource}; img-src data:; script-src 'nonce-${nonce}';`;
  return `${pageHead({ title, style, policy })}
<body>
<main>
<h1>${text(title)}</h1>
<form novalidate>
${groups.map((group) => groupHtml(group, profiles)).join('\n')}
<p id="general" role="alert"></p>
<div class="buttons">
<vscode-button id="save" type="button">Save</vscode-button>
<vscode-button id="check" type="button" secondary>Check Connection</vscode-button>
<vscode-button id="cancel" type="button" secondary>Cancel</vscode-button>
</div>
</form>
<section id="result" aria-live="polite" aria-label="Result of the check" hidden></section>
</main>
<script nonce="${nonce}" src="${text(script)}"></script>
</body>
</html>`;
}

function groupHtml({ id, title, fields, folded }: FormGroup, profiles: readonly string[]): string {
  const body = fields.map((field) => fieldHtml(field, profiles)).join('\n');
  const example =
    id === 'bucket'
      ? '<p class="example"><span>A file’s address</span> <code id="example" aria-live="polite"></code></p>'
      : '';
  if (folded === true)
    return `<details id="group-${id}"><summary><h2>${text(title)}</h2></summary>${body}${example}</details>`;
  return `<fieldset id="group-${id}"><legend><h2>${text(title)}</h2></legend>${body}${example}</fieldset>`;
}

function fieldHtml(field: FormField, profiles: readonly string[]): string {
  const { id, label, control, help } = field;
  const below = `${help === undefined ? '' : `<div class="help" id="help-${id}">${text(help)}</div>`}<div class="warning" id="warning-${id}"></div><div class="error" id="error-${id}" role="alert"></div>`;
  const head = control === 'checkbox' ? '' : `<vscode-label for="${id}">${text(label)}</vscode-label>`;
  return `<div class="field" data-field="${id}">${head}${controlHtml(field, profiles)}${below}</div>`;
}

function controlHtml(
  { id, label, control, choices = [], placeholder = '' }: FormField,
  profiles: readonly string[],
): string {
  const common = `id="${id}" data-control placeholder="${text(placeholder)}"`;
  switch (control) {
    case 'text':
      return id === 'profile' && profiles.length > 0
        ? `<vscode-single-select ${common} combobox creatable>${options(profiles.map((name) => [name, name]))}</vscode-single-select>`
        : `<vscode-textfield ${common} autocomplete="off" spellcheck="false"></vscode-textfield>`;
    case 'password':
      return `<vscode-textfield ${common} type="password" autocomplete="off"></vscode-textfield>`;
    case 'textarea':
      return `<vscode-textarea ${common} rows="3" resize="vertical"></vscode-textarea>`;
    case 'select':
      return `<vscode-single-select ${common}>${options(choices)}</vscode-single-select>`;
    case 'checkbox':
      return `<vscode-checkbox id="${id}" data-control label="${text(label)}"></vscode-checkbox>`;
  }
}

function options(choices: readonly (readonly [string, string])[]): string {
  return choices
    .map(([value, label]) => `<vscode-option value="${text(value)}">${text(label)}</vscode-option>`)
    .join('');
}
