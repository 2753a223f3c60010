/**
 * The output formats of `trace`. A new format is one file and one line here. Each is loaded when it is
 * asked for, so that JSON never pays for the packages that the text needs.
 */

import type { Renderer } from './renderer.ts';

interface Format {
  readonly name: string;
  load(): Promise<Renderer>;
}

export const FORMATS: readonly Format[] = [
  { name: 'text', load: async () => (await import('./text/trace.ts')).textRenderer },
  { name: 'json', load: async () => (await import('./json.ts')).jsonRenderer },
  { name: 'jsonl', load: async () => (await import('./json.ts')).jsonLinesRenderer },
];
