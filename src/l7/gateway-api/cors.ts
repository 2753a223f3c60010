/**
 * Cross-origin requests. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPCORSFilter,
 * conformance/tests/httproute-cors.go. Where the API leaves a choice between `*` and an echo, it is the echo.
 */

import type { CorsPolicy } from '../../k8s/gateway-parts/filters.ts';
import type { GatewayRequest } from './request.ts';

/** Answered by the gateway, without the backend. */
export const PREFLIGHT_STATUS = 204;

/** Is the request a question whether another one may be sent? */
export function isPreflight({ method, headers }: GatewayRequest): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
}

/** The headers that the gateway adds to the answer; none where the origin is not allowed. */
export function corsHeaders(policy: CorsPolicy, request: GatewayRequest): ReadonlyMap<string, string> {
  const origin = request.headers.get('origin');
  if (origin === undefined || !policy.allowOrigins.some((allowed) => allowsOrigin(allowed, origin))) {
    return new Map();
  }
  const asked = isPreflight(request);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', policy.allowCredentials ? 'true' : undefined],
    ['access-control-expose-headers', exposed(policy)],
    ...(asked
      ? ([
          [
            'access-control-allow-methods',
            listOrEcho(policy.allowMethods, request.headers.get('access-control-request-method')),
          ],
          [
            'access-control-allow-headers',
            listOrEcho(policy.allowHeaders, request.headers.get('access-control-request-headers')),
          ],
          ['access-control-max-age', String(policy.maxAge)],
        ] as const)
      : []),
  ];
  return new Map(rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** `*` takes over what was asked for. */
function listOrEcho(values: readonly string[], asked: string | undefined): string | undefined {
  if (values.includes('*')) return asked;
  return values.length === 0 ? undefined : values.join(', ');
}

function exposed({ exposeHeaders, allowCredentials }: CorsPolicy): string | undefined {
  if (exposeHeaders.includes('*')) return allowCredentials ? undefined : '*';
  return exposeHeaders.length === 0 ? undefined : exposeHeaders.join(', ');
}

/** `https://*.bar.com`: the `*` stands for any number of labels to the left. */
function allowsOrigin(allowed: string, origin: string): boolean {
  if (allowed === '*') return true;
  const [wanted, given] = [withPort(allowed), withPort(origin)];
  const star = wanted.indexOf('*');
  if (star < 0) return wanted === given;
  const [start, end] = [wanted.slice(0, star), wanted.slice(star + 1)];
  return given.length > start.length + end.length && given.startsWith(start) && given.endsWith(end);
}

/** In lower case; a port that is left out is that of the scheme. */
function withPort(origin: string): string {
  const lower = origin.toLowerCase();
  if (/:(\d+|\*)$/.test(lower)) return lower;
  const port = lower.startsWith('https:') ? ':443' : lower.startsWith('http:') ? ':80' : '';
  return lower.endsWith('://*') ? lower : lower + port;
}
