/** Which namespaces and kinds a listener admits, and which ListenerSets a Gateway. */

import type { AllowedNamespaces, ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import { GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import { selectorMatches } from '../../k8s/selector.ts';
import type { GatewayContext } from './context.ts';
import { ROUTE_KINDS, type RouteKind } from './model.ts';

/** Does a rule about namespaces, of an object in `own`, admit the namespace? */
export function admitsNamespace(
  { from, selector }: AllowedNamespaces,
  {
    own,
    namespace,
    labelsOf,
  }: { readonly own: string; readonly namespace: string } & Pick<GatewayContext, 'labelsOf'>,
): boolean {
  switch (from) {
    case 'All':
      return true;
    case 'Same':
      return namespace === own;
    case 'None':
      return false;
    case 'Selector': {
      return selector !== undefined && selectorMatches(selector, labelsOf(namespace));
    }
  }
}

/** The kinds that fit a protocol (gateway_types.go AllowedRoutes.kinds); none for a protocol that is not known. */
const KINDS_OF_PROTOCOL: ReadonlyMap<string, readonly RouteKind[]> = new Map<string, readonly RouteKind[]>([
  ['HTTP', ['HTTPRoute', 'GRPCRoute']],
  ['HTTPS', ['HTTPRoute', 'GRPCRoute']],
  ['TLS', ['TLSRoute']],
  ['TCP', ['TCPRoute']],
  ['UDP', ['UDPRoute']],
  // Of Istio's waypoints, without a domain in its name; no route attaches there.
  ['HBONE', []],
]);

/** Is it one of the protocols that every implementation may have? */
export function isKnownProtocol(protocol: string): boolean {
  return KINDS_OF_PROTOCOL.has(protocol);
}

/** The kinds that a listener takes, and those that it names in vain. */
export function listenerKinds({ protocol, kinds }: ListenerBody): {
  readonly supported: readonly RouteKind[];
  readonly invalid: readonly string[];
} {
  const fitting = KINDS_OF_PROTOCOL.get(protocol) ?? [];
  if (kinds === undefined) return { supported: fitting, invalid: [] };
  const supported = ROUTE_KINDS.filter(
    (kind) =>
      fitting.includes(kind) && kinds.some((each) => each.group === GATEWAY_GROUP && each.kind === kind),
  );
  const invalid = kinds
    .filter(({ group, kind }) => group !== GATEWAY_GROUP || !supported.some((each) => each === kind))
    .map(({ group, kind }) => (group === GATEWAY_GROUP ? kind : `${group}/${kind}`));
  return { supported, invalid };
}
