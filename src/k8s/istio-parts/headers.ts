/** Operations on headers (istio/api:networking/v1alpha3/virtual_service.proto Headers). */

import { type Fields, readMapping, readStringMap, readStrings } from '../fields.ts';

export interface HeaderChanges {
  readonly set: ReadonlyMap<string, string>;
  readonly add: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

export interface HeaderOperations {
  readonly request?: HeaderChanges;
  readonly response?: HeaderChanges;
}

/** The `headers` of a rule or a destination; undefined where there are none. */
export function readHeaders(fields: Fields): HeaderOperations | undefined {
  const headers = readMapping(fields, 'headers');
  if (headers === undefined) return undefined;
  const request = readChanges(headers, 'request');
  const response = readChanges(headers, 'response');
  return {
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  };
}

function readChanges(fields: Fields, key: 'request' | 'response'): HeaderChanges | undefined {
  const changes = readMapping(fields, key);
  if (changes === undefined) return undefined;
  return {
    set: readStringMap(changes, 'set'),
    add: readStringMap(changes, 'add'),
    remove: readStrings(changes, 'remove'),
  };
}
