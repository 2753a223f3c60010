/**
 * TLS and TCP rules: what a proxy does with a connection that it does not read.
 * Source: istio/istio:pilot/pkg/networking/core/tls.go buildSidecarOutboundTLSFilterChainOpts,
 * buildSidecarOutboundTCPFilterChainOpts. Rules: docs/semantics/istio.md 7.12 to 7.14.
 */

import type { L4Match, L4Rule } from '../../k8s/istio-parts/l4-rule.ts';
import { cidrContains } from '../../net/cidr.ts';
import { ONE } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import { type Sending, sendBranches, sharesOf } from './branches.ts';
import type { Listening } from './listeners.ts';
import { hostsMatch, isWildcard, MESH } from './names.ts';
import type { MeshOutcome } from './outcome.ts';
import { isTls } from './protocol.ts';
import type { MeshProxy } from './proxy.ts';
import type { Placed, RuleSet } from './rule-sets.ts';
import { l4SourceMatches, type StaticFacts } from './static-match.ts';
import { summary } from './summary.ts';

/** The rule that takes the connection, and whose it is. */
export interface L4Choice {
  readonly set: RuleSet;
  readonly placed: Placed<L4Rule>;
}

/**
 * What a service's listener does with a connection.
 * @returns undefined where no chain of the service takes it: it has TLS rules, and none is for this server name.
 */
export function answerL4(
  sending: Sending,
  listening: Listening,
  rules: readonly RuleSet[],
): MeshOutcome | undefined {
  const { service, port, protocol } = listening;
  const sets = rulesFor(listening, rules);
  const facts = factsOf(sending.proxy, port.port);
  if (isTls(protocol)) {
    const own = sets.flatMap((set) => tlsRules(set, facts));
    if (own.length > 0) {
      const chosen = tlsChoice(own, sending);
      return chosen === undefined ? undefined : routed(sending, chosen);
    }
  } else {
    const chosen = tcpChoice(sets, facts, sending.dialled.ip);
    if (chosen !== undefined) return routed(sending, chosen);
  }
  return straight(sending, { host: service.host, port: port.port });
}

/** The server names that the TLS rules of a service ask for; undefined: none is for this proxy. */
export function ruledServerNames(
  proxy: MeshProxy,
  listening: Listening,
  rules: readonly RuleSet[],
): readonly string[] | undefined {
  const facts = factsOf(proxy, listening.port.port);
  const own = rulesFor(listening, rules).flatMap((set) => tlsRules(set, facts));
  return own.length === 0 ? undefined : own.flatMap(({ match }) => match.sniHosts);
}

function rulesFor({ service }: Listening, rules: readonly RuleSet[]): readonly RuleSet[] {
  return rules.filter(({ hosts }) => hosts.some((host) => hostsMatch(host, service.host)));
}

function factsOf({ labels, namespace }: MeshProxy, port: number): StaticFacts {
  return { labels, namespace, port, gateway: MESH };
}

/** A route of a TLS or TCP rule. */
export function routed(sending: Sending, { set, placed }: L4Choice): MeshOutcome {
  const sent = sendBranches(sending, sharesOf(placed.rule.route, placed.owner.origin));
  return {
    ...summary(sent, 'tcp'),
    because: [placed.at, ...sent.because],
    reason: `rule ${placed.label} of VirtualService ${set.key}`,
    set,
    l4Rule: placed,
  };
}

function straight(
  sending: Sending,
  { host, port }: { readonly host: string; readonly port: number },
): MeshOutcome {
  const sent = sendBranches(sending, [{ destination: { host, port }, weight: ONE }]);
  return { ...summary(sent, 'tcp'), reason: 'no TLS or TCP rule is for the host: the service itself' };
}

interface TlsRule extends L4Choice {
  readonly match: L4Match;
}

/** The TLS rules of a VirtualService that this proxy gets. */
function tlsRules(set: RuleSet, facts: StaticFacts): readonly TlsRule[] {
  return set.tls.flatMap((placed) =>
    placed.rule.match
      .filter((match) => l4SourceMatches(match, facts))
      .map((match) => ({ set, placed, match })),
  );
}

/** By the server name, the most specific first; of equal ones the first. */
function tlsChoice(rules: readonly TlsRule[], { request, dialled }: Sending): L4Choice | undefined {
  const fitting = rules.filter(({ match }) => coversSubnets(match, dialled.ip));
  const pattern = bestServerName(
    fitting.flatMap(({ match }) => match.sniHosts),
    request.sni,
  );
  if (pattern === undefined) return undefined;
  return fitting.find(({ match }) => match.sniHosts.includes(pattern));
}

/** The server name pattern that Envoy takes: the exact one, else the longest with a star. */
export function bestServerName(patterns: readonly string[], sni: string | undefined): string | undefined {
  if (sni === undefined) return undefined;
  const name = sni.toLowerCase();
  const exact = patterns.find((pattern) => pattern.toLowerCase() === name);
  if (exact !== undefined) return exact;
  return patterns
    .filter((pattern) => isWildcard(pattern) && name.endsWith(pattern.slice(1).toLowerCase()))
    .sort((a, b) => b.length - a.length)[0];
}

/** The first rule without conditions, or with one that holds. */
function tcpChoice(
  sets: readonly RuleSet[],
  facts: StaticFacts,
  address: Ip | undefined,
): L4Choice | undefined {
  for (const set of sets) {
    for (const placed of set.tcp) {
      const { match } = placed.rule;
      const isTaken =
        match.length === 0 ||
        match.some((each) => l4SourceMatches(each, facts) && coversSubnets(each, address));
      if (isTaken) return { set, placed };
    }
  }
  return undefined;
}

function coversSubnets({ destinationSubnets }: L4Match, address: Ip | undefined): boolean {
  if (destinationSubnets.length === 0) return true;
  return address !== undefined && destinationSubnets.some((range) => cidrContains(range, address));
}
