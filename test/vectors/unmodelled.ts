/**
 * Families whose questions k8snet does not answer yet: what a case is and what counts in it, so that each is
 * named and counted as skipped. When a family is modelled, its own file takes its place in run.ts.
 */

import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';

/** A case and how many expectations it holds. */
interface Countable {
  readonly id: string;
  readonly items: number;
}

interface Shape {
  readonly name: string;
  detects(json: unknown): boolean;
  cases(json: unknown): Iterable<Countable>;
}

const SHAPES: readonly Shape[] = [
  {
    name: 'istio',
    detects: (json) => listAt(json, 'cases').some((value) => 'requests' in record(value)),
    *cases(json) {
      yield* casesOf(
        json,
        'cases',
        (value) => countAt(value, 'requests') + entriesAt(value, 'membership').length,
      );
      for (const [name, rows] of entriesAt(json, 'names')) {
        if (Array.isArray(rows)) yield { id: `names.${name}`, items: rows.length };
      }
      for (const [name, table] of Object.entries(record(json))) {
        if (countAt(table, 'rows') > 0) yield { id: name, items: countAt(table, 'rows') };
      }
    },
  },
];

export const unmodelled: readonly VectorFamily[] = SHAPES.map((shape) => ({
  name: shape.name,
  modelled: false,
  detects: shape.detects,
  *run(json): Generator<VectorResult> {
    const detail = `${shape.name} is not modelled yet`;
    for (const { id, items } of shape.cases(json)) {
      for (let item = 0; item < items; item++) yield { id, status: 'skip', detail };
    }
  },
}));

function casesOf(json: unknown, key: string, items: (value: unknown) => number): Countable[] {
  return listAt(json, key).map((value) => countable(value, items(value)));
}

function countable(value: unknown, items: number): Countable {
  return { id: textAt(value, 'id') ?? '(no id)', items };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textAt(value: unknown, key: string): string | undefined {
  const text = record(value)[key];
  return typeof text === 'string' ? text : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  return array(record(value)[key]);
}

function countAt(value: unknown, key: string): number {
  return listAt(value, key).length;
}

function entriesAt(value: unknown, key: string): [string, unknown][] {
  return Object.entries(record(record(value)[key]));
}
