// Collects the licence texts of the packages that the bundles hold.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TEXTS = /^(licen[cs]e|copying|notice)([-.].*)?$/i;
const RULE = '='.repeat(80);

/**
 * The notices of third parties: name and version of each package, with its licence; packages of the same text stand together.
 * @param root the folder that the paths of the inputs start from
 * @param inputs the files that went into the bundles, as esbuild's metafiles name them
 * @throws Error for a package without a licence text, its own or its publisher's
 */
export function thirdPartyNotices(root, inputs) {
  const folders = new Set([...inputs].map(packageFolder).filter((folder) => folder !== undefined));
  const notices = [...folders].sort().map((folder) => noticeOf(path.join(root, folder)));
  const byText = new Map();
  for (const { title, publisher, ...notice } of notices) {
    // Some packages leave the text to others of the same publisher.
    const text = notice.text || notices.find((other) => other.publisher === publisher && other.text !== '')?.text;
    if (text === undefined) throw new Error(`There is no licence text of ${title}.`);
    byText.set(text, (byText.get(text) ?? new Set()).add(title));
  }
  const parts = [...byText].map(([text, titles]) => `${RULE}\n${[...titles].join('\n')}\n${RULE}\n\n${text}\n`);
  return `S3 Destinations holds parts of these packages, under the licences that follow their names.\n\n${parts.join('\n')}`;
}

/** `node_modules/@scope/name` of a file below it, also where packages lie within packages. */
function packageFolder(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file.replaceAll('\\', '/'))?.[0];
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => TEXTS.test(file));
  const read = (file) => readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
  const text = files.sort().map(read).join('\n\n');
  const publisher = `${name.split('/')[0]} ${license}`;
  return { title: `${name} ${version} (${license ?? 'see below'})`, publisher, text };
}
