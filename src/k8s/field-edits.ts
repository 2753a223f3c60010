/** Changes of a scalar's text that mean what was meant: where there is one right way to write a value. */

import type { Edit, Help } from '../diagnostics/diagnostic.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';

/**
 * Another text in the place of a scalar, in the quotes that it has.
 * @param path from the object.
 * @returns undefined where the text is not there: behind an alias, or from a flag.
 */
export function replaceScalar(
  { document, path: top }: SourceRef,
  path: FieldPath,
  { from, to }: { readonly from: string; readonly to: string },
): Edit | undefined {
  const { file } = document;
  const span = document.locate([...top, ...path], 'value');
  const written = file.text.slice(span.start, span.end);
  const quote = ['', '"', "'"].find((each) => written === `${each}${from}${each}`);
  return quote === undefined ? undefined : { file, span, text: `${quote}${to}${quote}` };
}

/** The help that says so, with the change of the text where that is there. @param path from the object. */
export function helpToWrite(
  origin: SourceRef,
  path: FieldPath,
  { text, ...change }: { readonly text: string; readonly from: string; readonly to: string },
): Help {
  const edit = replaceScalar(origin, path, change);
  return { text, applicability: 'exact', ...(edit === undefined ? {} : { edit }) };
}
