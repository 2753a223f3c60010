/**
 * Conditions that are settled when a proxy gets its configuration: port, gateways, the proxy's own labels and
 * namespace. Source: istio/istio:pilot/pkg/networking/core/route/route.go sourceMatchHTTP, translateRoute,
 * pilot/pkg/networking/core/tls.go matchTLS, matchTCP. Rules: docs/semantics/istio.md 7.2.
 */

import type { StaticMatch } from '../../k8s/istio-parts/http-match.ts';
import type { Labels } from '../../k8s/object.ts';
import { labelsMatch } from '../../k8s/selector.ts';

/** What a proxy is, for such conditions. */
export interface StaticFacts {
  readonly labels: Labels;
  readonly namespace: string;
  /** Of the listener at a sidecar, of the Gateway's server at a gateway. */
  readonly port: number;
  /** `mesh`, or the `namespace/name` of the Gateway. */
  readonly gateway: string;
}

/** HTTP: a list of gateways takes the place of the conditions on the source. */
export function httpSourceMatches(match: StaticMatch, facts: StaticFacts): boolean {
  if (match.port !== undefined && match.port !== facts.port) return false;
  if (match.gateways.length > 0) return match.gateways.includes(facts.gateway);
  return sourceMatches(match, facts);
}

/** TLS and TCP: all of them must hold. */
export function l4SourceMatches(match: StaticMatch, facts: StaticFacts): boolean {
  if (match.port !== undefined && match.port !== facts.port) return false;
  if (match.gateways.length > 0 && !match.gateways.includes(facts.gateway)) return false;
  return sourceMatches(match, facts);
}

/** TLS and TCP at a gateway: what the gateway's own pod is does not matter. */
export function gatewayL4Matches(match: StaticMatch, { port, gateway }: StaticFacts): boolean {
  if (match.port !== undefined && match.port !== port) return false;
  return match.gateways.length === 0 || match.gateways.includes(gateway);
}

function sourceMatches({ sourceLabels, sourceNamespace }: StaticMatch, facts: StaticFacts): boolean {
  if (!labelsMatch(sourceLabels, facts.labels)) return false;
  return sourceNamespace === '' || sourceNamespace === facts.namespace;
}
