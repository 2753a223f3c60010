/** Where a route of Istio leads: a host of the registry, a subset of it, a port. */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readInteger,
  readMapping,
  readMappings,
  readPort,
  readString,
  reportInvalid,
  reportRequired,
} from '../fields.ts';
import { type HeaderOperations, readHeaders } from './headers.ts';

export interface Destination {
  /** As written: a short name means the namespace of the rule. */
  readonly host: string;
  /** Empty: none. */
  readonly subset: string;
  readonly port?: number;
  readonly path: FieldPath;
}

export interface WeightedDestination {
  readonly destination: Destination;
  /** 0 where none is written. */
  readonly weight: number;
  readonly headers?: HeaderOperations;
}

/** The largest weight: an int32 of the API (istio/api:networking/v1alpha3/virtual_service.proto). */
const MOST_WEIGHT = 2_147_483_647;

/** A destination at a key; undefined where it is absent or names no host. */
export function readDestination(fields: Fields, key: string): Destination | undefined {
  const destination = readMapping(fields, key);
  if (destination === undefined) {
    reportRequired(fields, key);
    return undefined;
  }
  const host = readString(destination, 'host') ?? '';
  if (host === '') {
    reportRequired(destination, 'host');
    return undefined;
  }
  const portFields = readMapping(destination, 'port');
  const port = portFields === undefined ? undefined : readPort(portFields, 'number');
  return {
    host,
    subset: readString(destination, 'subset') ?? '',
    ...(port === undefined ? {} : { port }),
    path: destination.path,
  };
}

/**
 * The weighted destinations of a rule. A list whose weights are all zero is refused, as is a negative weight.
 * Source: istio/istio:pkg/config/validation/validation.go validateWeights.
 */
export function readRoute(fields: Fields): readonly WeightedDestination[] {
  const route = readMappings(fields, 'route').flatMap((each): readonly WeightedDestination[] => {
    const destination = readDestination(each, 'destination');
    const weight = readInteger(each, 'weight', { min: 0, max: MOST_WEIGHT }) ?? 0;
    if (destination === undefined) return [];
    const headers = readHeaders(each);
    return [{ destination, weight, ...(headers === undefined ? {} : { headers }) }];
  });
  if (route.length > 1 && route.every(({ weight }) => weight === 0)) {
    reportInvalid(fields, ['route'], [], 'total destination weight = 0');
    return [];
  }
  return route;
}
