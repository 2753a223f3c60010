/** Where a backendRef leads. Source: kubernetes-sigs/gateway-api:apis/v1/shared_types.go BackendRef. */

import type { ClusterService } from '../../cluster/cluster.ts';
import { type BackendRef, GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import type { Protocol } from '../../net/packet.ts';
import { refTo } from '../../source/ref.ts';
import { endpointsOfPort } from '../backends.ts';
import type { BackendState, RouteBackend } from '../route-table.ts';
import { type BackendTls, isUsable } from './backend-tls.ts';
import type { GatewayContext } from './context.ts';
import { type Condition, condition, type RouteObject } from './model.ts';

const MULTICLUSTER_GROUP = 'multicluster.x-k8s.io';

export interface BackendResolver {
  /** Resolves a backend of a route. */
  resolve(route: RouteObject, ref: BackendRef): RouteBackend;
  readonly tls: BackendTls;
}

/** What a route needs to be allowed to name a Service of another namespace: gateways ask, meshes do not. */
export type GrantRule = 'grants' | 'no-grants';

/** @param rule whether references across namespaces need a ReferenceGrant. */
export function backendResolver(context: GatewayContext, tls: BackendTls, rule: GrantRule): BackendResolver {
  // A reference belongs to one route, and leads to the same place for every request.
  const known = new Map<BackendRef, RouteBackend>();
  return {
    tls,
    resolve: (route, ref) => {
      const backend = known.get(ref) ?? resolveBackend({ context, tls, rule }, route, ref);
      known.set(ref, backend);
      return backend;
    },
  };
}

interface Resolving {
  readonly context: GatewayContext;
  readonly tls: BackendTls;
  readonly rule: GrantRule;
}

function resolveBackend(resolving: Resolving, route: RouteObject, ref: BackendRef): RouteBackend {
  const { context, rule } = resolving;
  const { group, kind, name, port = 0 } = ref;
  const namespace = ref.namespace ?? route.metadata.namespace;
  const named = { service: `${namespace}/${name}`, port, at: refTo(route.origin, ...ref.path) };
  const failed = (state: BackendState): RouteBackend => ({ ...named, endpoints: [], state });
  const isService = group === '' && kind === 'Service';
  const isImport = group === MULTICLUSTER_GROUP && kind === 'ServiceImport';
  if (!isService && !isImport) return failed('invalid-kind');
  if (namespace !== route.metadata.namespace && rule === 'grants') {
    const from = { group: GATEWAY_GROUP, kind: route.kind, namespace: route.metadata.namespace };
    if (context.grants.permits(from, { group, kind, namespace, name }) === undefined) {
      return failed('not-permitted');
    }
  }
  if (isImport) {
    const imports = context.control.cluster.objects.ofKind('ServiceImport');
    const isThere = imports.some(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
    );
    return failed(isThere ? 'service-import' : 'no-such-service');
  }
  const service = context.control.serviceByKey.get(`${namespace}/${name}`);
  if (service === undefined) return failed('no-such-service');
  return ofService(resolving, route, service, failed('no-endpoints'));
}

/** A port of a Service is known by its number, and by the protocol that the route speaks. */
function ofService(
  { context, tls }: Resolving,
  route: RouteObject,
  service: ClusterService,
  named: RouteBackend,
): RouteBackend {
  const protocol: Protocol = route.kind === 'UDPRoute' ? 'udp' : 'tcp';
  const port = service.body.ports.find((each) => each.port === named.port && each.protocol === protocol);
  const found = port === undefined ? { service } : { service, port };
  if (service.body.type === 'ExternalName') {
    const { externalName } = service.body;
    const name = externalName === undefined ? {} : { externalName };
    return { ...named, found, state: 'external-name', ...name };
  }
  if (port === undefined) return { ...named, found, state: 'no-such-port' };
  const policy = tls.policyFor(service, port.name);
  if (policy !== undefined && !isUsable(policy)) return { ...named, found, state: 'no-authority' };
  const endpoints = endpointsOfPort(context.control, service, port);
  return { ...named, found, endpoints, state: endpoints.length === 0 ? 'no-endpoints' : 'ready' };
}

/** Does it take requests? */
export function isReachable({ state }: RouteBackend): boolean {
  return state === 'ready' || state === 'external-name' || state === 'service-import';
}

/** What makes `ResolvedRefs` false; undefined: the reference is good, whatever becomes of its endpoints. */
export function backendProblem({ state, service, port, at }: RouteBackend): Condition | undefined {
  const problem = (reason: string, text: string): Condition => ({
    ...condition('ResolvedRefs', 'False', reason, text),
    at,
  });
  switch (state) {
    case 'invalid-kind':
      return problem('InvalidKind', `${service} is of a kind that is no backend`);
    case 'not-permitted':
      return problem('RefNotPermitted', `no ReferenceGrant admits Service ${service}`);
    case 'no-such-service':
      return problem('BackendNotFound', `there is no Service ${service}`);
    case 'no-such-port':
      return problem('BackendNotFound', `Service ${service} has no port ${port}`);
    default:
      return undefined;
  }
}
