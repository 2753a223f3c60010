/** Answers as programs read them: the documents of schema/. */

import type { Renderer } from './renderer.ts';

/** One document, indented by two spaces. */
export const jsonRenderer: Renderer<object> = {
  format: 'json',
  render: (answer) => `${JSON.stringify(answer, undefined, 2)}\n`,
};

/** One answer to a line, for batches. */
export const jsonLinesRenderer: Renderer<object> = {
  format: 'jsonl',
  render: (answer) => `${JSON.stringify(answer)}\n`,
};
