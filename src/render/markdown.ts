/** What Markdown documents share. */

/** Text of manifests as a cell of a table: no markup of it is read. */
export function markdownCell(text: string): string {
  return text.replaceAll(/[\\`*_|<>[\]#]/g, (character) => `\\${character}`).replaceAll(/[\r\n]+/g, ' ');
}

/** A place as code, where a backtick of a file's name ends nothing. */
export function markdownCode(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}
