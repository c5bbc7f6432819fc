/** Text as it may stand between tags and in an attribute. */
export function attribute(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
