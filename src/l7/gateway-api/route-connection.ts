/** Connections that are not looked into: TLSRoute, TCPRoute, UDPRoute. Source: kubernetes-sigs/gateway-api:apis/v1/tlsroute_types.go and others. */

import { groupBy } from '../../collections/grouping.ts';
import { byAge } from './age.ts';
import type { BackendResolver } from './backends.ts';
import { arriving } from './filters.ts';
import { compareSpecificity, EVERY_HOST, hostnamesFor } from './hostnames.ts';
import type { Attachment, GatewayRule, Listener } from './model.ts';
import type { GatewayRequest } from './request.ts';
import {
  backendFailure,
  type GatewayRouting,
  type GatewayShare,
  NO_SHARES,
  notConnected,
  weighted,
  weightsOf,
} from './routing.ts';

/** The TLSRoutes of a listener by the names in handshakes. */
export interface NameTable {
  /** The most specific hostname first, each with the rule that gets it. */
  readonly rows: readonly { readonly hostname: string; readonly rule: GatewayRule }[];
  /** @param sni in lower case; undefined: none was sent. */
  find(sni: string | undefined): GatewayRule | undefined;
}

/** Indexes attachments by hostname; of one hostname the oldest route wins. */
export function nameTable(attachments: readonly Attachment[], rulesOf: RulesOf): NameTable {
  const rows = attachments
    .flatMap(({ route, hostnames }) => hostnames.map(({ effective }) => ({ route, effective })))
    .sort((a, b) => byAge(a.route, b.route));
  const byHost = groupBy(rows, ({ effective }) => effective);
  return {
    get rows() {
      return [...byHost]
        .sort(([a], [b]) => compareSpecificity(a, b))
        .flatMap(([hostname, [first]]) => {
          const rule = first === undefined ? undefined : rulesOf(first.route)[0];
          return rule === undefined ? [] : [{ hostname, rule }];
        });
    },
    find: (sni) => {
      const names = sni === undefined ? [EVERY_HOST] : [...hostnamesFor(sni)];
      const [first] = names.flatMap((name) => byHost.get(name)?.[0] ?? []);
      return first === undefined ? undefined : rulesOf(first.route)[0];
    },
  };
}

export type RulesOf = (route: Attachment['route']) => readonly GatewayRule[];

/** The one route of a TCP or UDP listener: the oldest. */
export function soleRule(attachments: readonly Attachment[], rulesOf: RulesOf): GatewayRule | undefined {
  const [first] = [...attachments].sort((a, b) => byAge(a.route, b.route));
  return first === undefined ? undefined : rulesOf(first.route)[0];
}

/** There is no status below HTTP. */
const NO_ANSWER = 0;

/** Hands a connection to the backends of a rule. */
export function runConnection(
  rule: GatewayRule | undefined,
  request: GatewayRequest,
  { listener, resolver }: { readonly listener?: Listener; readonly resolver: BackendResolver },
): GatewayRouting {
  if (rule === undefined) return notConnected('rejected', 'no route is for this connection');
  const at = { rule, ...(listener === undefined ? {} : { listener }) };
  const passing = arriving(request);
  const shares = weighted(rule.body.backends).map(({ ref, share }): GatewayShare => {
    const backend = resolver.resolve(rule.route, ref);
    const failure = backendFailure(backend);
    return failure === undefined
      ? { backend, share, status: 200, reason: 'handed to the backend', passing }
      : { backend, share, status: NO_ANSWER, reason: failure.reason, passing };
  });
  const [first] = shares;
  if (first === undefined) return { ...notConnected('rejected', 'the rule has no backend'), ...at };
  if (shares.every(({ status }) => status !== 200)) {
    return { ...notConnected('rejected', first.reason), shares, ...at };
  }
  const weights = new Map(
    [...weightsOf(shares)].map(([key, share]) => [key === String(NO_ANSWER) ? 'rejected' : key, share]),
  );
  const isOne = weights.size === 1;
  return {
    ...NO_SHARES,
    ...at,
    status: 200,
    reason: isOne ? first.reason : 'shared out by weight',
    ...(isOne && first.backend !== undefined ? { backend: first.backend } : {}),
    ...(isOne ? {} : { weights }),
    shares,
  };
}
