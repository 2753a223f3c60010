/** Which nodes a pod must or would rather run on: `spec.affinity.nodeAffinity`. */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readMapping,
  readMappings,
  readSection,
  readString,
  readStrings,
  reportForbidden,
  reportInvalid,
  reportRequired,
  requireString,
} from '../fields.ts';
import { readWeight } from './weight.ts';

export type NodeOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

export interface NodeRequirement {
  readonly key: string;
  readonly operator: NodeOperator;
  readonly values: readonly string[];
}

/** All of its requirements must hold; one without any selects no node. */
export interface NodeSelectorTerm {
  /** On the node's labels. */
  readonly expressions: readonly NodeRequirement[];
  /** On the node's fields, of which there is one: `metadata.name`. */
  readonly fields: readonly NodeRequirement[];
}

export interface NodeAffinity {
  /** One of the terms must select the node; undefined: nothing is required. */
  readonly required?: readonly NodeSelectorTerm[];
  readonly preferred: readonly { readonly weight: number; readonly term: NodeSelectorTerm }[];
  /** Relative to the object. */
  readonly path: FieldPath;
}

const OPERATORS: readonly NodeOperator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Source: kubernetes/kubernetes:pkg/apis/core/validation/validation.go validateNodeAffinity. */
export function readNodeAffinity(affinity: Fields): NodeAffinity | undefined {
  const fields = readMapping(affinity, 'nodeAffinity');
  if (fields === undefined) return undefined;
  const required = readMapping(fields, REQUIRED);
  return {
    ...(required === undefined ? {} : { required: readTerms(required) }),
    preferred: readMappings(fields, PREFERRED).flatMap((each) => {
      const weight = readWeight(each);
      return weight === undefined ? [] : [{ weight, term: readTerm(readSection(each, 'preference')) }];
    }),
    path: fields.path,
  };
}

function readTerms(fields: Fields): readonly NodeSelectorTerm[] {
  const terms = readMappings(fields, 'nodeSelectorTerms').map(readTerm);
  if (terms.length === 0) {
    reportRequired(fields, 'nodeSelectorTerms', 'must have at least one node selector term');
  }
  return terms;
}

function readTerm(fields: Fields): NodeSelectorTerm {
  return {
    expressions: readMappings(fields, 'matchExpressions').flatMap(readExpression),
    fields: readMappings(fields, 'matchFields').flatMap(readFieldRequirement),
  };
}

function readExpression(fields: Fields): readonly NodeRequirement[] {
  const key = requireString(fields, 'key');
  const operator = readOperator(fields, OPERATORS);
  if (key === undefined || operator === undefined) return [];
  const values = readStrings(fields, 'values');
  complainAboutValues(fields, operator, values);
  return [{ key, operator, values }];
}

function complainAboutValues(fields: Fields, operator: NodeOperator, values: readonly string[]): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return;
    reportRequired(fields, 'values', "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length === 1) return;
    reportRequired(fields, 'values', "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else if (values.length > 0) {
    reportForbidden(fields, 'values', "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
}

function readFieldRequirement(fields: Fields): readonly NodeRequirement[] {
  const key = requireString(fields, 'key');
  const operator = readOperator(fields, ['In', 'NotIn']);
  const values = readStrings(fields, 'values');
  if (key === undefined || operator === undefined) return [];
  if (key !== 'metadata.name') {
    reportInvalid(fields, ['key'], key, 'not a valid field selector key');
    return [];
  }
  if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    reportRequired(fields, 'values', detail);
  }
  return [{ key, operator, values }];
}

function readOperator(fields: Fields, operators: readonly NodeOperator[]): NodeOperator | undefined {
  const word = readString(fields, 'operator') ?? '';
  const operator = operators.find((each) => each === word);
  if (operator === undefined) {
    reportInvalid(fields, ['operator'], word, 'not a valid selector operator');
  }
  return operator;
}
