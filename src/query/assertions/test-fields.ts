/** Reading the mappings of a test file: their keys, and values that may be one or several. */

import type { Report } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import { type Fields, readStrings, reportInvalid } from '../../k8s/fields.ts';
import { isMapping } from '../../source/document.ts';
import { printPath, refTo } from '../../source/ref.ts';

/** What is wrong with a test file has one code, whoever finds it. */
export function asTestProblem(report: Report): Report {
  return (diagnostic) => report({ ...diagnostic, code: 'test-invalid' });
}

/** Reports the keys that nobody reads, with those that may be meant. @returns are all of them known? */
export function checkKeys(fields: Fields, known: readonly string[]): boolean {
  const unknown = Object.keys(fields.raw).filter((key) => !known.includes(key));
  for (const key of unknown) {
    const near = nearest(key, known, 3);
    const path = [...fields.path, key];
    const at = refTo(fields.origin, ...path);
    fields.report({
      code: 'test-invalid',
      severity: 'error',
      text: `${printPath(path)}: no such key`,
      sources: [
        { at: { file: at.document.file, span: at.document.locate(at.path, 'key') }, role: 'primary' },
      ],
      help: [{ text: near.length > 0 ? `did you mean ${near.join(', ')}?` : `keys: ${known.join(', ')}` }],
    });
  }
  return unknown.length === 0;
}

/** A text, or a list of texts; numbers as they print. Empty where the key is absent. */
export function readOneOrMore(fields: Fields, key: string): readonly string[] {
  const value = fields.raw[key];
  if (value === undefined || value === null) return [];
  if (typeof value === 'number') return [String(value)];
  if (Array.isArray(value)) {
    const texts = value.map((item) => (typeof item === 'number' ? String(item) : item));
    return readStrings({ ...fields, raw: { [key]: texts } }, key);
  }
  if (isMapping(value)) {
    reportInvalid(fields, [key], value, 'must be a text or a list of texts');
    return [];
  }
  return readStrings({ ...fields, raw: { [key]: [value] } }, key);
}
