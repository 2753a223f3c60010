/** Line folding (YAML 1.2.2, 6.5 and 8.1.3): a line break is a space, and n blank lines are n line breaks. */

/**
 * The text of a scalar in quotes that is written in several lines, without their line ends.
 * Space at the beginning of the first line and at the end of the last one is content.
 */
export function foldLines([first = '', ...others]: readonly string[]): string {
  let text = withoutEnd(first);
  let blank = 0;
  for (const [index, line] of others.entries()) {
    const isLast = index === others.length - 1;
    const content = isLast ? withoutStart(line) : withoutEnd(withoutStart(line));
    if (content === '' && !isLast) blank += 1;
    else {
      text += (blank === 0 ? ' ' : '\n'.repeat(blank)) + content;
      blank = 0;
    }
  }
  return text;
}

/**
 * The text of a folded block scalar, from lines without their indentation. Lines that are indented more than
 * that keep their line breaks.
 */
export function foldBlock(lines: readonly string[]): string {
  let text = '';
  let separator = '';
  let wasInset = false;
  for (const line of lines) {
    if (line === '') {
      if (separator === ' ') separator = '\n';
      else text += '\n';
      continue;
    }
    const isInset = line.startsWith(' ') || line.startsWith('\t');
    text += (isInset ? beforeInset(separator, wasInset) : separator) + line;
    separator = isInset ? '\n' : ' ';
    wasInset = isInset;
  }
  return text;
}

/** @param separator what would stand before a line that is not inset. */
function beforeInset(separator: string, wasInset: boolean): string {
  if (separator === ' ') return '\n';
  return separator === '\n' && !wasInset ? '\n\n' : separator;
}

function withoutStart(line: string): string {
  let start = 0;
  while (line[start] === ' ') start++;
  return line.slice(start);
}

function withoutEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end--;
  return line.slice(0, end);
}
