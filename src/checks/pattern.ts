/** Patterns of names, objects and files, as people write them in a configuration. */

import { onceEach } from '../collections/once.ts';

/** Does the text fit the pattern? `*` stands for all but `/`, `**` for everything, `?` for one letter. */
export function fitsPattern(pattern: string, text: string): boolean {
  return expressionOf(pattern).test(text);
}

const expressionOf = onceEach((pattern: string): RegExp => {
  const source = pattern.replace(/\*\*\/?|[*?]|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
});
