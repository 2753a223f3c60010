/** The listeners of the Gateways that somebody serves, with the conditions that a controller reports of them. */

import type { ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import { GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { ListenerSetObject } from '../../k8s/kinds/listener-set.ts';
import { refTo } from '../../source/ref.ts';
import { byAge } from './age.ts';
import { admitsNamespace, isKnownProtocol, listenerKinds } from './allowed.ts';
import { resolveCertificates } from './certificates.ts';
import { type AskedClients, askedClients } from './client-validation.ts';
import { type Conflict, listenerConflicts } from './conflicts.ts';
import type { GatewayContext } from './context.ts';
import { type Condition, condition, type Listener, type ListenerOwner } from './model.ts';
import { overlappingListeners } from './overlaps.ts';

/** A Gateway that is served, with all of its listeners. */
export interface ServedGateway {
  readonly gateway: GatewayObject;
  /** Its own, then those of its ListenerSets in the order in which they count. */
  readonly listeners: readonly Listener[];
  readonly conditions: readonly Condition[];
}

/** A ListenerSet whose Gateway is served. */
export interface ServedListenerSet {
  readonly listenerSet: ListenerSetObject;
  readonly gateway: GatewayObject;
  readonly conditions: readonly Condition[];
}

/** A Gateway with all that claims to belong to it. */
export interface GatewayWithSets {
  readonly served: ServedGateway;
  readonly listenerSets: readonly ServedListenerSet[];
}

interface Draft {
  readonly owner: ListenerOwner;
  readonly body: ListenerBody;
  readonly rank: number;
}

/** Builds the listeners of a Gateway. @param sets those that name it, admitted or not. */
export function serveGateway(
  context: GatewayContext,
  gateway: GatewayObject,
  sets: readonly ListenerSetObject[],
): GatewayWithSets {
  const admitted = [...sets].sort(byAge).filter((set) =>
    admitsNamespace(gateway.body.allowedListeners, {
      own: gateway.metadata.namespace,
      namespace: set.metadata.namespace,
      labelsOf: context.labelsOf,
    }),
  );
  const owners: readonly ListenerOwner[] = [gateway, ...admitted];
  const drafts = owners.flatMap((owner, rank): readonly Draft[] =>
    owner.body.listeners.map((body) => ({ owner, body, rank })),
  );
  const conflicts = listenerConflicts(drafts, context.features);
  const overlaps = overlappingListeners(drafts);
  const listeners = drafts.map((draft) =>
    buildListener(context, gateway, draft, {
      conflict: conflicts.get(draft),
      overlapping: overlaps.get(draft) ?? [],
    }),
  );
  return {
    served: { gateway, listeners, conditions: gatewayConditions(gateway, listeners) },
    listenerSets: sets.map((listenerSet) => ({
      listenerSet,
      gateway,
      conditions: admitted.includes(listenerSet)
        ? ownerConditions(listeners.filter(({ owner }) => owner === listenerSet))
        : [notAllowed(listenerSet, gateway)],
    })),
  };
}

/** The Gateway that a ListenerSet names: `shop/edge`; undefined: what it names is no Gateway. */
export function parentGateway({ body, metadata }: ListenerSetObject): string | undefined {
  const { parent } = body;
  if (parent === undefined || parent.group !== GATEWAY_GROUP || parent.kind !== 'Gateway') return undefined;
  return `${parent.namespace ?? metadata.namespace}/${parent.name}`;
}

function notAllowed({ metadata, origin }: ListenerSetObject, gateway: GatewayObject): Condition {
  const { from } = gateway.body.allowedListeners;
  const text = `Gateway ${gateway.metadata.name} admits ListenerSets of ${from === 'None' ? 'no namespace' : `namespaces by ${from}`}, not of ${metadata.namespace}`;
  return {
    ...condition('Accepted', 'False', 'NotAllowed', text),
    at: refTo(origin, 'spec', 'parentRef'),
  };
}

/** Where a Gateway has ListenerSets, its own listeners decide of its own conditions alone. */
function gatewayConditions(gateway: GatewayObject, listeners: readonly Listener[]): readonly Condition[] {
  return ownerConditions(listeners.filter(({ owner }) => owner === gateway));
}

function ownerConditions(own: readonly Listener[]): readonly Condition[] {
  const refused = own.filter(({ accepted }) => !accepted).map(({ body }) => body.name);
  if (refused.length === 0) return [condition('Accepted', 'True', 'Accepted', 'every listener is accepted')];
  const text = `not accepted: ${refused.join(', ')}`;
  return [condition('Accepted', refused.length === own.length ? 'False' : 'True', 'ListenersNotValid', text)];
}

function buildListener(
  context: GatewayContext,
  gateway: GatewayObject,
  { owner, body }: Draft,
  { conflict, overlapping }: Neighbours,
): Listener {
  const { supported, invalid } = listenerKinds(body);
  const clients = askedClients(context, gateway, { owner, body });
  const acceptance = accepted(body, conflict, clients);
  const isAccepted = acceptance.status === 'True';
  const { usable, problem } = resolveCertificates(context, owner, certificateRefs(body));
  const needsCertificate = body.tls?.mode === 'Terminate' && !body.tls.hasOptions;
  const kinds =
    invalid.length === 0
      ? undefined
      : condition(
          'ResolvedRefs',
          'False',
          'InvalidRouteKinds',
          `${body.protocol} takes no ${invalid.join(', ')}`,
        );
  const isServing = isAccepted && (!needsCertificate || usable.length > 0);
  return {
    gateway,
    owner,
    body,
    supportedKinds: supported,
    accepted: isAccepted,
    certificates: usable,
    conditions: [
      acceptance,
      kinds ??
        problem ??
        clients.problem ??
        condition('ResolvedRefs', 'True', 'ResolvedRefs', 'every reference is resolved'),
      conflict === undefined
        ? condition('Conflicted', 'False', 'NoConflicts', 'nothing else claims its port and hostname')
        : condition('Conflicted', 'True', conflict.reason, conflictText(conflict, body)),
      isServing
        ? condition('Programmed', 'True', 'Programmed', 'it takes connections')
        : condition('Programmed', 'False', 'Invalid', 'it takes no connections'),
      ...overlapConditions(overlapping),
    ],
    ...(clients.onlyValid === undefined ? {} : { onlyValidClients: clients.onlyValid }),
    at: refTo(owner.origin, ...body.path),
  };
}

/** What else is on its port. */
interface Neighbours {
  readonly conflict: Conflict<Draft> | undefined;
  readonly overlapping: readonly string[];
}

/** It is never reported as False. */
function overlapConditions(names: readonly string[]): readonly Condition[] {
  if (names.length === 0) return [];
  const text = `has hostnames in common with ${names.join(', ')}, so that clients may reuse a connection for the wrong one`;
  return [condition('OverlappingTLSConfig', 'True', 'OverlappingHostnames', text)];
}

function certificateRefs({ tls }: ListenerBody) {
  return tls?.mode === 'Terminate' ? tls.certificates : [];
}

function accepted(
  body: ListenerBody,
  conflict: Conflict<Draft> | undefined,
  { isHopeless }: AskedClients,
): Condition {
  const { protocol, tls } = body;
  if (!isKnownProtocol(protocol)) {
    return condition('Accepted', 'False', 'UnsupportedProtocol', `${protocol} is no protocol of the API`);
  }
  if (conflict !== undefined) {
    return condition('Accepted', 'False', conflict.reason, conflictText(conflict, body));
  }
  if ((protocol === 'HTTPS' || protocol === 'TLS') && tls === undefined) {
    return condition('Accepted', 'False', 'Invalid', `${protocol} needs tls`);
  }
  if (protocol === 'HTTPS' && tls?.mode === 'Passthrough') {
    return condition('Accepted', 'False', 'Invalid', 'HTTPS cannot pass TLS through');
  }
  if (isHopeless) {
    const text = 'clients need a certificate, and no certificate authority can be used';
    return condition('Accepted', 'False', 'NoValidCACertificate', text);
  }
  return condition('Accepted', 'True', 'Accepted', 'the listener is accepted');
}

function conflictText({ partners, reason }: Conflict<Draft>, { protocol }: ListenerBody): string {
  const names = partners.map(({ owner, body }) =>
    owner.kind === 'Gateway' ? body.name : `${body.name} of ListenerSet ${owner.metadata.name}`,
  );
  const isAlike = partners.every(({ body }) => body.protocol === protocol);
  const why =
    reason === 'HostnameConflict'
      ? 'port and hostname'
      : isAlike && protocol !== 'TLS'
        ? `${protocol} port`
        : isAlike
          ? 'port, in another TLS mode,'
          : 'port, with another protocol,';
  return `same ${why} as ${names.join(', ')}`;
}
