/** The answer as programs read it: schema/trace.schema.json. */

import type { Renderer } from './renderer.ts';

/** One document, indented by two spaces. */
export const jsonRenderer: Renderer = {
  format: 'json',
  render: (answer) => `${JSON.stringify(answer, undefined, 2)}\n`,
};

/** One answer to a line, for batches. */
export const jsonLinesRenderer: Renderer = {
  format: 'jsonl',
  render: (answer) => `${JSON.stringify(answer)}\n`,
};
