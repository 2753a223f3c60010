/** What routes can name as a parent: Gateways, ListenerSets, and Services for meshes. */

import type { ClusterService } from '../../cluster/cluster.ts';
import { groupBy } from '../../collections/grouping.ts';
import { EXPERIMENTAL_GROUP, GATEWAY_GROUP, type ParentRef } from '../../k8s/gateway-parts/references.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { GatewayClassObject } from '../../k8s/kinds/gateway-class.ts';
import type { ListenerSetObject } from '../../k8s/kinds/listener-set.ts';
import type { SourceRef } from '../../source/ref.ts';
import { refTo } from '../../source/ref.ts';
import type { GatewayContext } from './context.ts';
import { parentGateway, type ServedGateway, type ServedListenerSet, serveGateway } from './listeners.ts';
import { type Listener, ownerName, type RouteObject } from './model.ts';

/** A Gateway or ListenerSet that nobody serves. */
export interface UnservedParent {
  readonly object: GatewayObject | ListenerSetObject;
  readonly reason: string;
  readonly at: SourceRef;
}

export interface Parents {
  readonly gateways: readonly ServedGateway[];
  readonly listenerSets: readonly ServedListenerSet[];
  readonly unserved: readonly UnservedParent[];
  /** What a route names; a text says why there is no such parent. */
  find(route: RouteObject, ref: ParentRef): FoundParent | string;
}

export type FoundParent =
  | { readonly kind: 'listeners'; readonly name: string; readonly listeners: readonly Listener[] }
  | { readonly kind: 'service'; readonly name: string; readonly service: ClusterService };

/** The parents of a cluster. */
export function buildParents(context: GatewayContext): Parents {
  const { objects } = context.control.cluster;
  const classes = new Map(objects.ofKind('GatewayClass').map((each) => [each.metadata.name, each]));
  const sets: readonly ListenerSetObject[] = [
    ...objects.ofKind('ListenerSet'),
    ...objects.ofKind('XListenerSet'),
  ];
  const setsOf = groupBy(sets, parentGateway);
  const gateways: ServedGateway[] = [];
  const listenerSets: ServedListenerSet[] = [];
  const unserved: UnservedParent[] = [];
  const taken = new Set<ListenerSetObject>();
  for (const gateway of objects.ofKind('Gateway')) {
    const key = `${gateway.metadata.namespace}/${gateway.metadata.name}`;
    const reason = unservedReason(gateway, classes, context);
    if (reason !== undefined) {
      unserved.push({ object: gateway, reason, at: refTo(gateway.origin, 'spec', 'gatewayClassName') });
      continue;
    }
    const built = serveGateway(context, gateway, setsOf.get(key) ?? []);
    gateways.push(built.served);
    listenerSets.push(...built.listenerSets);
    for (const { listenerSet } of built.listenerSets) taken.add(listenerSet);
  }
  for (const set of sets.filter((each) => !taken.has(each))) {
    const at = refTo(set.origin, 'spec', 'parentRef');
    const reason = `its Gateway ${parentGateway(set) ?? '(none)'} is not there, or nobody serves it`;
    unserved.push({ object: set, reason, at });
  }
  return {
    gateways,
    listenerSets,
    unserved,
    find: parentFinder(context, { gateways, listenerSets, unserved }),
  };
}

/** Why no controller takes the Gateway; undefined: one does. */
function unservedReason(
  { body: { className } }: GatewayObject,
  classes: ReadonlyMap<string, GatewayClassObject>,
  { assumed }: GatewayContext,
): string | undefined {
  if (classes.has(className) || assumed.classes) return undefined;
  return `there is no GatewayClass ${className}`;
}

function parentFinder(
  { control }: GatewayContext,
  { gateways, listenerSets, unserved }: Omit<Parents, 'find'>,
): Parents['find'] {
  const byName = new Map<string, readonly Listener[]>();
  for (const { gateway, listeners } of gateways) {
    byName.set(
      ownerName(gateway),
      listeners.filter(({ owner }) => owner === gateway),
    );
  }
  const ofGateway = new Map(gateways.map(({ gateway, listeners }) => [gateway, listeners]));
  for (const { listenerSet, gateway } of listenerSets) {
    const listeners = ofGateway.get(gateway) ?? [];
    byName.set(
      ownerName(listenerSet),
      listeners.filter(({ owner }) => owner === listenerSet),
    );
  }
  const reasons = new Map(unserved.map(({ object, reason }) => [ownerName(object), reason]));
  return (route, ref) => {
    const namespace = ref.namespace ?? route.metadata.namespace;
    // gep-1294: the core group may be called so.
    if ((ref.group === '' || ref.group === 'core') && ref.kind === 'Service') {
      const service = control.serviceByKey.get(`${namespace}/${ref.name}`);
      if (service === undefined) return `there is no Service ${namespace}/${ref.name}`;
      return { kind: 'service', name: `Service/${service.key}`, service };
    }
    const kind = ownerKind(ref);
    if (kind === undefined) return `${ref.kind} of group "${ref.group}" is no parent of routes`;
    const name = `${kind}/${namespace}/${ref.name}`;
    const listeners = byName.get(name);
    if (listeners !== undefined) return { kind: 'listeners', name, listeners };
    const reason = reasons.get(name);
    return reason === undefined
      ? `there is no ${kind} ${namespace}/${ref.name}`
      : `nobody serves it: ${reason}`;
  };
}

function ownerKind({ group, kind }: ParentRef): string | undefined {
  if (group === GATEWAY_GROUP && (kind === 'Gateway' || kind === 'ListenerSet')) return kind;
  return group === EXPERIMENTAL_GROUP && kind === 'XListenerSet' ? 'ListenerSet' : undefined;
}
