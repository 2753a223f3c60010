import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { ParentRef } from '../../k8s/gateway-parts/references.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import type { RouteObject } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];
const BACKENDS = '{name: web, port: 80}';

export const gatewayRouteParentMissing: Rule = {
  name: 'gateway-route-parent-missing',
  severity: 'error',
  precision: 'closed-world',
  tier: 1,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A parentRef of a route names a Gateway that is not there, or a listener that the Gateway does not have.',
  why: 'The route is attached to nothing: no request ever gets to it.',
  fix: 'correct the name, the namespace (default: that of the route), sectionName or port',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/shared_types.go ParentReference'],
  examples: {
    bad: {
      manifests: manifests(...AROUND, httpRoute('web', { parent: '{name: egde}', backends: BACKENDS })),
    },
    good: {
      manifests: manifests(...AROUND, httpRoute('web', { parent: '{name: edge}', backends: BACKENDS })),
    },
  },
  run: (input) => [...lostParents(input), ...lostListeners(input)],
};

function lostParents(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).lostParents.flatMap(({ route, ref, reason }): readonly Hit[] => {
    if (ref.kind === 'Service' || !reason.startsWith('there is no')) return [];
    const namespace = ref.namespace ?? route.metadata.namespace;
    const near = nearGateway(input, ref, namespace);
    const subject = subjectOf(route);
    const words = near === undefined ? '' : `; there is ${subjectName(subjectOf(near))}`;
    return [
      {
        subject,
        path: [...ref.path, 'name'],
        message: `${subjectName(subject)} wants to be attached to ${ref.kind} ${namespace}/${ref.name}, which is not there${words}`,
        related: near === undefined ? [] : [closest(near, ['metadata', 'name'], 'is a Gateway')],
        fact: `${ref.kind} ${namespace}/${ref.name}`,
        ...(near === undefined ? {} : { help: helpFor(near, route) }),
        gate: input.gates.reference(ref.kind, namespace),
      },
    ];
  });
}

/** One of that name elsewhere, else one of a similar name in the namespace, else the only one of it. */
function nearGateway(
  { snapshot }: CheckInput,
  { name }: ParentRef,
  namespace: string,
): GatewayObject | undefined {
  const all = snapshot.objects.ofKind('Gateway');
  const same = all.find(({ metadata }) => metadata.name === name);
  if (same !== undefined) return same;
  const own = all.filter(({ metadata }) => metadata.namespace === namespace);
  const [near] = nearest(
    name,
    own.map(({ metadata }) => metadata.name),
    1,
  );
  return own.find(({ metadata }) => metadata.name === near) ?? (own.length === 1 ? own[0] : undefined);
}

function helpFor({ metadata }: GatewayObject, route: RouteObject): string {
  const { namespace } = route.metadata;
  return metadata.namespace === namespace
    ? `name: ${metadata.name}`
    : `name: ${metadata.name}, namespace: ${metadata.namespace}`;
}

function lostListeners(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).statuses.flatMap(({ route, ref, parent, conditions }): readonly Hit[] => {
    const refusal = conditions.find(({ reason }) => reason === 'NoMatchingParent');
    if (refusal === undefined || ref.kind === 'Service') return [];
    const subject = subjectOf(route);
    const field = ref.sectionName === undefined ? 'port' : 'sectionName';
    return [
      {
        subject,
        path: (ref.sectionName ?? ref.port) === undefined ? ref.path : [...ref.path, field],
        message: `${subjectName(subject)} is attached to nothing: ${refusal.message}`,
        related: parentEvidence(input, parent),
        fact: `${parent} ${ref.sectionName ?? ''} ${ref.port ?? ''}`,
      },
    ];
  });
}

/** @param parent `Gateway/shop/edge`. */
function parentEvidence({ snapshot }: CheckInput, parent: string): readonly Evidence[] {
  const found = snapshot.objects
    .ofKind('Gateway')
    .find(({ metadata }) => parent === `Gateway/${metadata.namespace}/${metadata.name}`);
  return found === undefined ? [] : [closest(found, ['spec', 'listeners'], 'the listeners')];
}

function closest(object: GatewayObject, path: Evidence['path'], message: string): Evidence {
  return { subject: subjectOf(object), path, message, role: 'closest' };
}
