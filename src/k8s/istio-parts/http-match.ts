/** The conditions of an HTTP rule of a VirtualService (istio/api:…/virtual_service.proto HTTPMatchRequest). */

import type { FieldPath } from '../../source/document.ts';
import { type Fields, readBoolean, readPort, readString, readStringMap, readStrings } from '../fields.ts';
import type { Labels } from '../object.ts';
import { readStringMatch, readStringMatches, type StringMatch } from './string-match.ts';

/** What is known of a proxy before any request comes: conditions on it are settled once. */
export interface StaticMatch {
  /** undefined: every port. */
  readonly port?: number;
  readonly sourceLabels: Labels;
  /** Empty: every namespace. */
  readonly sourceNamespace: string;
  /** As written; empty: those of the VirtualService. */
  readonly gateways: readonly string[];
}

export interface HttpMatch extends StaticMatch {
  readonly name: string;
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers: ReadonlyMap<string, StringMatch>;
  readonly withoutHeaders: ReadonlyMap<string, StringMatch>;
  readonly queryParams: ReadonlyMap<string, StringMatch>;
  readonly ignoreUriCase: boolean;
  readonly path: FieldPath;
}

/** An entry of `match`. */
export function readHttpMatch(fields: Fields): HttpMatch {
  const uri = readStringMatch(fields, 'uri');
  const scheme = readStringMatch(fields, 'scheme');
  const method = readStringMatch(fields, 'method');
  const authority = readStringMatch(fields, 'authority');
  return {
    ...readStaticMatch(fields),
    name: readString(fields, 'name') ?? '',
    ...(uri === undefined ? {} : { uri }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(method === undefined ? {} : { method }),
    ...(authority === undefined ? {} : { authority }),
    headers: readStringMatches(fields, 'headers'),
    withoutHeaders: readStringMatches(fields, 'withoutHeaders'),
    queryParams: readStringMatches(fields, 'queryParams'),
    ignoreUriCase: readBoolean(fields, 'ignoreUriCase') ?? false,
    path: fields.path,
  };
}

/** The conditions that HTTP, TLS and TCP rules share. */
export function readStaticMatch(fields: Fields): StaticMatch {
  const port = readPort(fields, 'port');
  return {
    ...(port === undefined ? {} : { port }),
    sourceLabels: readStringMap(fields, 'sourceLabels'),
    sourceNamespace: readString(fields, 'sourceNamespace') ?? '',
    gateways: readStrings(fields, 'gateways'),
  };
}
