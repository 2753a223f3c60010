/** Fields that the API server calls by another name than the one that is written. */

import { printPath } from '../source/ref.ts';
import type { Fields } from './fields.ts';

/**
 * The same fields, where one is spelled in reports as the API server spells it though it is written otherwise:
 * `clusterIP` is checked as `clusterIPs[0]`. The place that is shown stays.
 */
export function spelled(fields: Fields, written: string, spelling: string): Fields {
  const own = printPath([...fields.path, written]);
  const theirs = `${printPath(fields.path)}.${spelling}`;
  return {
    ...fields,
    report: (diagnostic) => {
      const isOwn = diagnostic.text.startsWith(own);
      fields.report(
        isOwn ? { ...diagnostic, text: `${theirs}${diagnostic.text.slice(own.length)}` } : diagnostic,
      );
    },
  };
}
