/** Rules, their filters and backends, as answers have them. */

import type { BackendResolver } from '../../l7/gateway-api/backends.ts';
import type { GatewayRule } from '../../l7/gateway-api/model.ts';
import { weighted } from '../../l7/gateway-api/routing.ts';
import { filtersOf } from '../../l7/gateway-api/rule-body.ts';
import type { RouteBackend } from '../../l7/route-table.ts';
import { printFraction } from '../../net/fraction.ts';
import { printSocketAddress } from '../../net/ip.ts';
import { type ObjectNamer, sourceAnswer } from '../source-answer.ts';
import type { BackendAnswer } from './gateway-answer.ts';
import { filterText } from './words.ts';

/** Addresses of a backend's ready endpoints. */
export function endpointTexts({ endpoints }: Pick<RouteBackend, 'endpoints'>): readonly string[] {
  return endpoints.map(({ ip, port }) => printSocketAddress(ip, port));
}

/** Every backend of a rule, with its share. */
export function backendAnswers(
  rule: GatewayRule,
  { resolver, namer }: { readonly resolver: BackendResolver; readonly namer: ObjectNamer },
): readonly BackendAnswer[] {
  const shares = new Map(weighted(rule.body.backends).map(({ ref, share }) => [ref, printFraction(share)]));
  return rule.body.backends.map((ref) => {
    const backend = resolver.resolve(rule.route, ref);
    const { service, port, found, state, at } = backend;
    const policy =
      found === undefined ? undefined : resolver.tls.policyFor(found.service, found.port?.name ?? '');
    return {
      service,
      ...(port === 0 ? {} : { port }),
      share: shares.get(ref) ?? '0',
      endpoints: endpointTexts(backend),
      state,
      ...(policy === undefined ? {} : { tls: policy.policy.body.hostname }),
      at: sourceAnswer(at, { namer }),
    };
  });
}

/** The filters of a rule in words. */
export function filterTexts({ body }: GatewayRule): readonly string[] {
  return filtersOf(body).map(filterText);
}
