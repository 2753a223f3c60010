/**
 * Which routes are attached to which listeners. Source: kubernetes-sigs/gateway-api:apis/v1/shared_types.go
 * ParentReference, RouteConditionReason; gateway_types.go AllowedRoutes.
 */

import type { ParentRef } from '../../k8s/gateway-parts/references.ts';
import { refTo } from '../../source/ref.ts';
import { admitsNamespace } from './allowed.ts';
import type { GatewayContext } from './context.ts';
import { EVERY_HOST, intersectHostnames } from './hostnames.ts';
import {
  type Attachment,
  type Condition,
  condition,
  type EffectiveHostname,
  type Listener,
  type RouteObject,
} from './model.ts';
import type { FoundParent } from './parents.ts';

export interface Attaching {
  readonly accepted: Condition;
  readonly attachments: readonly Attachment[];
}

type ListenersParent = Extract<FoundParent, { readonly kind: 'listeners' }>;

/** Attaches a route to the listeners that its parentRef selects, and says at which step that ends. */
export function attach(
  context: GatewayContext,
  route: RouteObject,
  ref: ParentRef,
  { name, listeners }: ListenersParent,
): Attaching {
  const selected = listeners.filter(
    ({ body }) =>
      (ref.sectionName === undefined || body.name === ref.sectionName) &&
      (ref.port === undefined || body.port === ref.port),
  );
  if (selected.length === 0) return refused('NoMatchingParent', noListener(name, listeners, ref), route, ref);
  const allowing = selected.filter((listener) => allows(context, route, listener));
  if (allowing.length === 0) {
    return refused('NotAllowedByListeners', notAllowed(route, selected), route, ref);
  }
  const attachments = allowing.flatMap((listener): readonly Attachment[] => {
    const hostnames = effectiveHostnames(route, listener);
    return hostnames.length === 0 ? [] : [{ route, listener, hostnames }];
  });
  if (attachments.length === 0) {
    const own = allowing.map(({ body }) => body.hostname ?? EVERY_HOST).join(', ');
    const text = `hostnames ${(route.body.hostnames ?? []).join(', ')} have nothing in common with ${own}`;
    return refused('NoMatchingListenerHostname', text, route, ref);
  }
  const names = attachments.map(({ listener }) => listener.body.name).join(', ');
  return { accepted: condition('Accepted', 'True', 'Accepted', `attached to ${names}`), attachments };
}

/** The hostnames of a route that count at a listener; those that are outside it are ignored. */
function effectiveHostnames(
  { kind, body }: RouteObject,
  { body: listener }: Listener,
): readonly EffectiveHostname[] {
  const limit = listener.hostname ?? EVERY_HOST;
  if (kind === 'TCPRoute' || kind === 'UDPRoute' || body.hostnames === undefined) {
    return [{ effective: limit, declared: EVERY_HOST }];
  }
  return body.hostnames.flatMap((declared) => {
    const effective = intersectHostnames(limit, declared);
    return effective === undefined ? [] : [{ effective, declared }];
  });
}

function allows(context: GatewayContext, route: RouteObject, listener: Listener): boolean {
  return listener.supportedKinds.includes(route.kind) && admitsFrom(context, route, listener);
}

function admitsFrom(
  { labelsOf }: GatewayContext,
  { metadata }: RouteObject,
  { owner, body }: Listener,
): boolean {
  const own = owner.metadata.namespace;
  return admitsNamespace(body.namespaces, { own, namespace: metadata.namespace, labelsOf });
}

function noListener(
  parent: string,
  listeners: readonly Listener[],
  { sectionName, port }: ParentRef,
): string {
  if (listeners.length === 0) return `${parent} has no listener`;
  const wanted = [
    ...(sectionName === undefined ? [] : [`name ${sectionName}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ].join(' and ');
  const there = listeners.map(({ body }) => `${body.name} (${body.port})`).join(', ');
  return `${parent} has no listener of ${wanted}; it has ${there}`;
}

function notAllowed(route: RouteObject, selected: readonly Listener[]): string {
  const texts = selected.map((listener) => {
    const { body, supportedKinds } = listener;
    if (!supportedKinds.includes(route.kind)) {
      return `${body.name} takes ${supportedKinds.join(', ') || 'no routes'}`;
    }
    return `${body.name} takes routes of ${namespacesText(listener)}, not of ${route.metadata.namespace}`;
  });
  return [...new Set(texts)].join('; ');
}

function namespacesText({ owner, body: { namespaces } }: Listener): string {
  if (namespaces.from === 'Same') return `its own namespace ${owner.metadata.namespace}`;
  return namespaces.from === 'Selector' ? 'namespaces that its selector selects' : 'no namespace';
}

function refused(reason: string, text: string, { origin }: RouteObject, { path }: ParentRef): Attaching {
  return {
    accepted: { ...condition('Accepted', 'False', reason, text), at: refTo(origin, ...path) },
    attachments: [],
  };
}
