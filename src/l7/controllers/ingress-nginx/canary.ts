/** Main backend or canary. Source: kubernetes/ingress-nginx:rootfs/etc/nginx/lua/balancer.lua. */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { refTo } from '../../../source/ref.ts';
import { compilePattern } from '../../match.ts';
import type { RouteRequest } from '../../request.ts';
import type { CanaryPolicy } from './annotations.ts';
import { PREFIX } from './annotations.ts';
import type { Alternative, Upstream } from './model.ts';

/** `share`: of the canary, between 0 and 1, by chance. */
export type CanaryChoice =
  | { readonly kind: 'main' }
  | { readonly kind: 'canary'; readonly alternative: Alternative; readonly reason: string }
  | {
      readonly kind: 'share';
      readonly alternative: Alternative;
      readonly weight: number;
      readonly total: number;
    }
  | { readonly kind: 'unknown'; readonly alternative: Alternative; readonly diagnostic: Diagnostic };

const MAIN: CanaryChoice = { kind: 'main' };

/** Only the first canary of an upstream counts, and only while it has endpoints. */
export function chooseCanary({ alternatives: [alternative] }: Upstream, request: RouteRequest): CanaryChoice {
  const policy = alternative?.upstream.policy;
  if (alternative === undefined || policy === undefined) return MAIN;
  const { state } = alternative.upstream.backend;
  if (state !== 'ready' && state !== 'external-name') return MAIN;
  const byHeader = headerChoice(policy, request);
  if (byHeader === 'unknown') return { kind: 'unknown', alternative, diagnostic: unreadPattern(alternative) };
  const decided = byHeader ?? cookieChoice(policy, request);
  if (decided === 'main') return MAIN;
  if (decided === 'canary') {
    const reason = byHeader === undefined ? `cookie ${policy.cookie}` : `header ${policy.header}`;
    return { kind: 'canary', alternative, reason };
  }
  const total = Math.max(100, policy.weightTotal);
  if (policy.weight <= 0) return MAIN;
  if (policy.weight >= total)
    return { kind: 'canary', alternative, reason: `canary-weight ${policy.weight}` };
  return { kind: 'share', alternative, weight: policy.weight, total };
}

function headerChoice(
  { header, headerValue, headerPattern }: CanaryPolicy,
  { headers }: RouteRequest,
): 'main' | 'canary' | 'unknown' | undefined {
  // `$http_x_canary` is X-Canary; nginx takes no header with an underscore.
  const value = header === '' ? undefined : headers.get(header.toLowerCase().replaceAll('_', '-'));
  if (value === undefined) return undefined;
  if (headerValue !== '') return value === headerValue ? 'canary' : undefined;
  if (headerPattern === '') return alwaysOrNever(value);
  const pattern = compilePattern(headerPattern, 'case');
  if (pattern === undefined) return 'unknown';
  return pattern.match(value) === undefined ? undefined : 'canary';
}

function cookieChoice({ cookie }: CanaryPolicy, { headers }: RouteRequest): 'main' | 'canary' | undefined {
  if (cookie === '') return undefined;
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.toLowerCase().startsWith(`${cookie.toLowerCase()}=`));
  return found === undefined ? undefined : alwaysOrNever(found.slice(cookie.length + 1));
}

function alwaysOrNever(value: string): 'main' | 'canary' | undefined {
  return value === 'always' ? 'canary' : value === 'never' ? 'main' : undefined;
}

function unreadPattern({ route }: Alternative): Diagnostic {
  const key = `${PREFIX}canary-by-header-pattern`;
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: 'the pattern of the canary is not one that RE2 can read: whether the header matches is not known',
    sources: [{ at: refTo(route.ingress.origin, 'metadata', 'annotations', key), role: 'primary' }],
  };
}
