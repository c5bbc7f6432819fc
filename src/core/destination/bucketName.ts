const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/**
 * Checks a name against S3's rules for general purpose buckets.
 * @returns one sentence for each rule that the name breaks; empty when it is a valid name.
 */
export function bucketNameBreaches(name: string): string[] {
  if (name === '') return ['A bucket name is required.'];
  const breaches: string[] = [];
  if (name.length < 3) breaches.push('It needs at least 3 characters.');
  if (name.length > 63) breaches.push('It may have at most 63 characters.');
  if (/[A-Z]/.test(name)) breaches.push('It may not contain capital letters.');
  const strange = [...new Set(name.match(/[^A-Za-z0-9.-]/gu) ?? [])];
  if (strange.length > 0) {
    breaches.push(`Only letters, digits, dots and hyphens are allowed, not ${strange.map(spell).join(' ')}.`);
  }
  if (/^[.-]/.test(name)) breaches.push('It has to begin with a letter or a digit.');
  if (/[.-]$/.test(name)) breaches.push('It has to end with a letter or a digit.');
  if (name.includes('..')) breaches.push('Two dots may not stand side by side.');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) breaches.push('It may not look like an IP address.');
  for (const prefix of RESERVED_PREFIXES) {
    if (name.startsWith(prefix)) breaches.push(`It may not begin with “${prefix}”, which S3 keeps for itself.`);
  }
  for (const suffix of RESERVED_SUFFIXES) {
    if (name.endsWith(suffix)) breaches.push(`It may not end with “${suffix}”, which S3 keeps for itself.`);
  }
  return breaches;
}

function spell(character: string): string {
  return character === ' ' ? 'a space' : `“${character}”`;
}
