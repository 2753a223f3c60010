/** The schemas of schema/, ready to judge answers. */

import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';

export interface PublishedSchema {
  readonly schema: AnySchemaObject;
  readonly isAnswer: ValidateFunction;
  /** Refuses also what the schema does not describe. */
  readonly isClosedAnswer: ValidateFunction;
}

/** `schema/<name>.schema.json`. */
export function publishedSchema(name: string): PublishedSchema {
  const schema = JSON.parse(readFileSync(`schema/${name}.schema.json`, 'utf8')) as AnySchemaObject;
  return { schema, isAnswer: compile(schema), isClosedAnswer: compile(closed(schema) as AnySchemaObject) };
}

function compile(from: AnySchemaObject): ValidateFunction {
  return new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(from);
}

/** What is wrong with an answer: places and messages. */
export function problems(isValid: ValidateFunction, answer: unknown): readonly string[] {
  isValid(answer);
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/**
 * The schema with every object closed that it does not call open: readers must accept new fields, but what we
 * print is all described.
 */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  const { type, properties, description } = entries;
  const isOpen = typeof description === 'string' && /\bopen\b/.test(description);
  return type === 'object' && typeof properties === 'object' && !isOpen
    ? { additionalProperties: false, ...entries }
    : entries;
}
