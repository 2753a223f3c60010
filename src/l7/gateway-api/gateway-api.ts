/**
 * The Gateway API as a whole: which routes are attached where, what a controller would write into their status,
 * and what becomes of requests. Rules and their sources: docs/semantics/gateway-api.md.
 */

import { groupBy } from '../../collections/grouping.ts';
import { once } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { BackendRef } from '../../k8s/gateway-parts/references.ts';
import { refTo } from '../../source/ref.ts';
import { attach } from './attachment.ts';
import { backendTls, type PolicyStatus } from './backend-tls.ts';
import { type BackendResolver, backendProblem, backendResolver } from './backends.ts';
import { kindClashes } from './clashes.ts';
import { type GatewayAssumptions, type GatewayContext, gatewayContext } from './context.ts';
import { DEFAULT_FEATURES, type GatewayFeatures } from './features.ts';
import { type GatewayTable, gatewayTable, routesOf } from './gateway-table.ts';
import type { ServedListenerSet } from './listeners.ts';
import { buildMesh, lostByKind, type Mesh, type MeshAttachment, meshCondition } from './mesh.ts';
import {
  type Attachment,
  type Condition,
  condition,
  type LostParent,
  type ParentStatus,
  type RouteObject,
  routeKey,
} from './model.ts';
import { buildParents, type UnservedParent } from './parents.ts';
import { filtersOf } from './rule-body.ts';

export interface GatewayApiOptions {
  readonly features?: Partial<GatewayFeatures>;
  /** Default: what is not in the input is not there. */
  readonly assumed?: Partial<GatewayAssumptions>;
}

export interface GatewayApi {
  /** Those that are served, in the order of the input. */
  readonly gateways: readonly GatewayTable[];
  readonly listenerSets: readonly ServedListenerSet[];
  /** Gateways and ListenerSets that nobody serves. */
  readonly unserved: readonly UnservedParent[];
  /** One for each parentRef whose parent is there, in the order of the input. */
  readonly statuses: readonly ParentStatus[];
  readonly lostParents: readonly LostParent[];
  readonly policies: readonly PolicyStatus[];
  readonly mesh: Mesh;
  /** The Gateway of a name `shop/edge`. */
  gateway(key: string): GatewayTable | undefined;
  /** How backends of routes at gateways are resolved. */
  readonly resolver: BackendResolver;
}

/** Reads the Gateway API objects of a cluster together. Nothing is routed before it is asked for. */
export function gatewayApi(control: ControlPlane, options: GatewayApiOptions = {}): GatewayApi {
  const features = { ...DEFAULT_FEATURES, ...options.features };
  const context = gatewayContext(control, features, { classes: false, secrets: false, ...options.assumed });
  const tls = backendTls(control);
  const resolver = backendResolver(context, tls, 'grants');
  const meshResolver = backendResolver(context, tls, 'no-grants');
  const parents = buildParents(context);
  const drafts = draftStatuses(context, parents.find);
  const { attachments, statuses } = settle(drafts.statuses, { resolver, meshResolver });
  const byListener = groupBy(attachments, ({ listener }) => listener);
  const gateways = parents.gateways.map((served) => gatewayTable(served, byListener, { resolver, features }));
  const byKey = new Map(gateways.map((table) => [routeKey(table.gateway), table]));
  const mesh = once(() => buildMesh(drafts.mesh, control, meshResolver));
  return {
    gateways,
    listenerSets: parents.listenerSets,
    unserved: parents.unserved,
    statuses,
    lostParents: drafts.lost,
    policies: tls.policies,
    get mesh() {
      return mesh();
    },
    gateway: (key) => byKey.get(key),
    resolver,
  };
}

/** A status before routes of other kinds and references are looked at. */
interface Draft extends Omit<ParentStatus, 'conditions' | 'accepted'> {
  readonly acceptance: Condition;
  readonly mesh?: MeshAttachment;
}

interface Drafts {
  readonly statuses: readonly Draft[];
  readonly lost: readonly LostParent[];
  readonly mesh: readonly MeshAttachment[];
}

function draftStatuses(context: GatewayContext, find: ReturnType<typeof buildParents>['find']): Drafts {
  const { cluster } = context.control;
  const statuses: Draft[] = [];
  const lost: LostParent[] = [];
  for (const route of routesOf(cluster)) {
    for (const ref of route.body.parents) {
      const at = refTo(route.origin, ...ref.path);
      const parent = find(route, ref);
      if (typeof parent === 'string') {
        lost.push({ route, ref, reason: parent, at });
      } else if (parent.kind === 'listeners') {
        const { accepted, attachments } = attach(context, route, ref, parent);
        statuses.push({ route, ref, parent: parent.name, acceptance: accepted, attachments, at });
      } else {
        const acceptance = meshCondition(parent.service, route, ref);
        const mesh = meshAttachment(route, parent.service, ref);
        const isIn = acceptance.status === 'True';
        const part = { route, ref, parent: parent.name, acceptance, attachments: [], at };
        statuses.push(isIn ? { ...part, mesh } : part);
      }
    }
  }
  return { statuses, lost, mesh: statuses.flatMap(({ mesh }) => mesh ?? []) };
}

function meshAttachment(
  route: RouteObject,
  service: MeshAttachment['service'],
  { port, sectionName }: RouteObject['body']['parents'][number],
): MeshAttachment {
  const named = service.body.ports.find(({ name }) => name === sectionName)?.port;
  const chosen = port ?? (sectionName === undefined ? undefined : named);
  return { route, service, ...(chosen === undefined ? {} : { port: chosen }) };
}

/** Takes those out that routes of another kind are in the way of, and adds what the references came to. */
function settle(
  drafts: readonly Draft[],
  { resolver, meshResolver }: { readonly resolver: BackendResolver; readonly meshResolver: BackendResolver },
): { readonly attachments: readonly Attachment[]; readonly statuses: readonly ParentStatus[] } {
  const clashes = kindClashes(drafts.flatMap(({ attachments }) => attachments));
  const meshLost = meshLosers(drafts);
  const statuses = drafts.map(({ acceptance, mesh, ...draft }): ParentStatus => {
    const attachments = draft.attachments.filter((each) => !clashes.has(each));
    const rival = attachments.length > 0 ? undefined : clashes.get(draft.attachments[0] as Attachment);
    const kind = mesh === undefined ? undefined : meshLost.get(mesh);
    const accepted =
      rival !== undefined
        ? clashCondition(
            `${rival.kind} ${routeKey(rival)} has hostnames in common with it, and was there first`,
          )
        : kind !== undefined
          ? clashCondition(`a ${kind} is for the same Service and port`)
          : acceptance;
    const references = referenceCondition(draft.route, mesh === undefined ? resolver : meshResolver);
    return {
      ...draft,
      attachments,
      accepted: accepted.status === 'True',
      conditions: [accepted, references],
    };
  });
  return { attachments: statuses.flatMap(({ attachments }) => attachments), statuses };
}

function meshLosers(drafts: readonly Draft[]): Mesh['lost'] {
  const attachments = drafts.flatMap(({ mesh }) => mesh ?? []);
  return attachments.length === 0 ? new Map() : lostByKind(attachments);
}

function clashCondition(text: string): Condition {
  return condition('Accepted', 'False', 'Conflicted', text);
}

/** The first reference that is not good decides (shared_types.go RouteConditionResolvedRefs). */
function referenceCondition(route: RouteObject, resolver: BackendResolver): Condition {
  for (const ref of referencesOf(route)) {
    const problem = backendProblem(resolver.resolve(route, ref));
    if (problem !== undefined) return problem;
  }
  return condition('ResolvedRefs', 'True', 'ResolvedRefs', 'every reference is resolved');
}

/** Backends, and what filters send requests to. */
function* referencesOf(route: RouteObject): Generator<BackendRef> {
  for (const rule of route.body.rules) {
    yield* rule.backends;
    const filters = [...filtersOf(rule), ...rule.backends.flatMap((backend) => backend.filters)];
    for (const filter of filters) {
      if (filter.kind === 'mirror' || filter.kind === 'external-auth') {
        if (filter.backend !== undefined) yield filter.backend;
      }
    }
  }
}
