/** Variables of nginx that annotations may have in their values. Source: kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl. */

import { type Asked, bestHost, passScheme } from './asked.ts';
import type { Location } from './model.ts';

/** A text with what is known put in the place of its variables. */
export interface Expanded {
  readonly text: string;
  /** Variables whose value is not known here; they stay as they are written. */
  readonly unknown: readonly string[];
}

/** `$name` and `${name}`, in any case. */
const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;

/** Puts the values of variables into a text. */
export function expandVariables(text: string, asked: Asked, location: Location): Expanded {
  if (!text.includes('$')) return { text, unknown: [] };
  const values = valuesOf(asked, location);
  const unknown: string[] = [];
  const expanded = text.replace(VARIABLE, (whole, braced?: string, bare?: string) => {
    const value = values.get((braced ?? bare ?? '').toLowerCase());
    if (value === undefined) unknown.push(whole);
    return value ?? whole;
  });
  return { text: expanded, unknown };
}

function valuesOf(asked: Asked, { route, path }: Location): ReadonlyMap<string, string> {
  const { request, host } = asked;
  const { namespace = '', name = '' } = route?.ingress.metadata ?? {};
  return new Map([
    ['host', host],
    ['http_host', request.host],
    ['best_http_host', bestHost(asked)],
    ['scheme', request.scheme],
    ['pass_access_scheme', passScheme(asked)],
    ['request_method', request.method],
    ['request_uri', request.uri],
    ['uri', asked.path],
    ['namespace', namespace],
    ['ingress_name', name],
    ['service_name', route?.backend.service.slice(namespace.length + 1) ?? ''],
    ['service_port', String(route?.backend.port ?? '')],
    ['location_path', path],
  ]);
}
