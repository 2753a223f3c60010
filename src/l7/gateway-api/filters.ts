/** What filters do to a request and its answer, in the order of their list. */

import type { HeaderModifier, RouteFilter } from '../../k8s/gateway-parts/filters.ts';
import type { RouteBackend } from '../route-table.ts';
import { corsHeaders, isPreflight, PREFLIGHT_STATUS } from './cors.ts';
import { modifiedUri } from './paths.ts';
import { redirectLocation } from './redirect.ts';
import type { GatewayRequest } from './request.ts';

export interface Mirror {
  readonly backend: RouteBackend;
  /** Percent of the requests; undefined: all. */
  readonly percent?: number;
}

/** A request on its way to a backend. */
export interface Passing {
  readonly uri: string;
  readonly host: string;
  /** At the backend, by name in lower case. */
  readonly requestHeaders: ReadonlyMap<string, string>;
  /** At the client, of what the backend answers. */
  readonly responseHeaders: ReadonlyMap<string, string>;
  readonly mirrors: readonly Mirror[];
  /** The gateway answers by itself. */
  readonly answer?: { readonly status: number; readonly reason: string; readonly location?: string };
  /** Filters that are not modelled. */
  readonly unmodelled: readonly RouteFilter[];
}

export interface FilterScene {
  readonly request: GatewayRequest;
  /** That the match has. */
  readonly prefix: string | undefined;
  readonly listenerPort: number;
  mirror(filter: Extract<RouteFilter, { readonly kind: 'mirror' }>): Mirror | undefined;
}

/** A request before any filter. */
export function arriving({ uri, host, headers, answerHeaders }: GatewayRequest): Passing {
  return {
    uri,
    host,
    requestHeaders: headers,
    responseHeaders: answerHeaders,
    mirrors: [],
    unmodelled: [],
  };
}

/** Applies filters until one answers. */
export function applyFilters(passing: Passing, filters: readonly RouteFilter[], scene: FilterScene): Passing {
  return filters.reduce(
    (before, filter) => (before.answer === undefined ? applyFilter(before, filter, scene) : before),
    passing,
  );
}

function applyFilter(passing: Passing, filter: RouteFilter, scene: FilterScene): Passing {
  switch (filter.kind) {
    case 'request-headers':
      return { ...passing, requestHeaders: modifiedHeaders(passing.requestHeaders, filter) };
    case 'response-headers':
      return { ...passing, responseHeaders: modifiedHeaders(passing.responseHeaders, filter) };
    case 'rewrite':
      return {
        ...passing,
        host: filter.hostname ?? passing.host,
        uri: modifiedUri(passing.uri, filter.newPath, scene.prefix),
      };
    case 'redirect': {
      const location = redirectLocation(scene.request, filter, scene);
      return { ...passing, answer: { status: filter.status, reason: 'a redirect of the rule', location } };
    }
    case 'mirror': {
      const mirror = scene.mirror(filter);
      return mirror === undefined ? passing : { ...passing, mirrors: [...passing.mirrors, mirror] };
    }
    case 'cors': {
      const responseHeaders = new Map([...passing.responseHeaders, ...corsHeaders(filter, scene.request)]);
      const answer = { status: PREFLIGHT_STATUS, reason: 'the gateway answers the preflight request' };
      return { ...passing, responseHeaders, ...(isPreflight(scene.request) ? { answer } : {}) };
    }
    case 'external-auth':
    case 'extension':
      return { ...passing, unmodelled: [...passing.unmodelled, filter] };
    case 'unreadable':
      return { ...passing, answer: { status: 500, reason: 'a filter of the rule cannot be read' } };
  }
}

/** `add` appends to what is there, with a comma (httproute_types.go HTTPHeaderFilter). */
function modifiedHeaders(
  headers: ReadonlyMap<string, string>,
  { set, add, remove }: HeaderModifier,
): ReadonlyMap<string, string> {
  const result = new Map(headers);
  for (const { name, value } of set) result.set(name.toLowerCase(), value);
  for (const { name, value } of add) {
    const known = result.get(name.toLowerCase());
    result.set(name.toLowerCase(), known === undefined ? value : `${known},${value}`);
  }
  for (const name of remove) result.delete(name.toLowerCase());
  return result;
}
