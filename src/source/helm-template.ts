/** Where rendered text comes from. */

import type { ManifestDocument } from './document.ts';

/** Characters around the start of a document that are looked through for comments. */
const HEAD = 500;

/** The template that Helm names in a comment above each document that it renders: `web/templates/service.yaml`. */
export function helmTemplate({ file, span }: ManifestDocument): string | undefined {
  const lines = file.text.slice(span.start, span.start + HEAD).split('\n');
  const head = lines.slice(
    0,
    lines.findIndex((line) => /^[^#\s-]/.test(line)),
  );
  const before = file.text
    .slice(Math.max(0, span.start - HEAD), span.start)
    .split('\n')
    .slice(-2);
  return [...before, ...head]
    .map((line) => /^# Source: (\S+)/.exec(line)?.[1])
    .find((name) => name !== undefined);
}
