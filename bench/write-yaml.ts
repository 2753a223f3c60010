/** Objects as people write them: block style, some quotes and comments, now and then an anchor. */

import type { Random } from './random.ts';

type Container = Readonly<Record<string, unknown>> | readonly unknown[];

interface Writing {
  readonly random: Random;
  /** Containers that stand twice in the document, with the name of their anchor once it is written. */
  readonly anchors: Map<unknown, string | undefined>;
}

/** Words that mean something else without quotes. */
const PLAIN = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z/][\w./-]*$/i;

/** The YAML text of one object, with its line end. @param anchors name what stands twice, instead of writing it twice. */
export function writeYaml(
  object: Readonly<Record<string, unknown>>,
  { random, anchors }: { readonly random: Random; readonly anchors: boolean },
): string {
  const writing: Writing = { random, anchors: new Map(anchors ? sharedIn(object) : []) };
  const head = random.chance(10) ? `# ${String(object['kind'])}, written by the benchmark\n` : '';
  return `${head}${entries(writing, object, '')}`;
}

/** Mappings that can be reached in two ways. */
function sharedIn(root: Container): readonly (readonly [unknown, undefined])[] {
  const seen = new Set<unknown>();
  const shared = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (seen.has(value)) shared.add(value);
    seen.add(value);
    for (const child of Object.values(value)) visit(child);
  };
  visit(root);
  return [...shared].map((value) => [value, undefined]);
}

function entries(writing: Writing, value: Container, indent: string): string {
  if (Array.isArray(value)) return value.map((item) => listItem(writing, item, indent)).join('');
  return Object.entries(value)
    .map(([key, child]) => `${indent}${scalar(writing, key)}:${behindKey(writing, child, indent)}`)
    .join('');
}

/** `- ` takes the place of two spaces of the item's first line. */
function listItem(writing: Writing, item: unknown, indent: string): string {
  if (!isContainer(item)) return `${indent}- ${scalar(writing, item)}\n`;
  return `${indent}- ${entries(writing, item, `${indent}  `).slice(indent.length + 2)}`;
}

function behindKey(writing: Writing, value: unknown, indent: string): string {
  if (typeof value === 'string' && value.includes('\n')) {
    const isWhole = value.endsWith('\n');
    const lines = value.replace(/^(?=.)/gm, `${indent}  `);
    return isWhole ? ` |\n${lines}` : ` |-\n${lines}\n`;
  }
  if (!isContainer(value)) return ` ${scalar(writing, value)}\n`;
  if (Object.keys(value).length === 0) return Array.isArray(value) ? ' []\n' : ' {}\n';
  const known = writing.anchors.get(value);
  if (known !== undefined) return ` *${known}\n`;
  const mark = writing.anchors.has(value) ? ` &a${writing.anchors.size}` : '';
  if (mark !== '') writing.anchors.set(value, mark.slice(2));
  return `${mark}\n${entries(writing, value, `${indent}  `)}`;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function scalar({ random }: Writing, value: unknown): string {
  if (typeof value !== 'string') return String(value);
  if (PLAIN.test(value)) return random.chance(5) ? `"${value}"` : value;
  return random.chance(30) && !value.includes("'") ? `'${value}'` : JSON.stringify(value);
}
