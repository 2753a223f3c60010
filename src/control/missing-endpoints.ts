/** Why a Service port has no usable endpoint, in terms of the manifests. */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { Diagnostic, DiagnosticSource, Help } from '../diagnostics/diagnostic.ts';
import type { Labels } from '../k8s/object.ts';
import { labelsMatch } from '../k8s/selector.ts';
import { type FieldPath, isMapping } from '../source/document.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';
import { describeClosest, printLabels, selectorCorrection } from './closest-words.ts';
import { type Candidate, type Closest, closestCandidate, selectorCandidates } from './closest-workload.ts';
import type { ControlPlane } from './control-plane.ts';
import { findPort } from './endpoint-ports.ts';
import type { ServicePort } from './service-port.ts';
import { SERVICE_NAME } from './slice-labels.ts';

export type MissingReason =
  | 'selector-matches-no-pod'
  | 'selector-in-other-namespace'
  | 'target-port-name-unknown'
  | 'pods-not-ready'
  | 'no-slice';

export interface MissingEndpoints {
  readonly reason: MissingReason;
  readonly diagnostic: Diagnostic;
}

/** More places than these are not shown beside the first. */
const MOST_PLACES = 5;

/** Explains a Service port without a ready endpoint. */
export function explainNoEndpoints(control: ControlPlane, servicePort: ServicePort): MissingEndpoints {
  const { service } = servicePort;
  const { selector } = service.body;
  if (selector === undefined) return withoutSelector(control, servicePort);
  const pods = control.selectPods(service.namespace, selector);
  if (pods.length === 0) return withoutPods(control, service, selector);
  const spec = service.body.ports.find(
    ({ name, protocol }) => name === servicePort.portName && protocol === servicePort.protocol,
  );
  if (spec !== undefined && pods.every((pod) => findPort(pod, spec) === undefined)) {
    return unknownTargetPort(servicePort, String(spec.targetPort), pods);
  }
  return notReady(service, pods);
}

/** Explains a Service with a selector that no ready pod meets, whatever its ports. */
export function explainNoPods(control: ControlPlane, service: ClusterService): MissingEndpoints {
  const selector = service.body.selector ?? new Map();
  const pods = control.selectPods(service.namespace, selector);
  return pods.length === 0 ? withoutPods(control, service, selector) : notReady(service, pods);
}

function missing(reason: MissingReason, rest: Omit<Diagnostic, 'code' | 'severity'>): MissingEndpoints {
  return { reason, diagnostic: { code: reason, severity: 'error', ...rest } };
}

/** `None of the 3 endpoints of shop/api is ready`, `The one endpoint of shop/api is not ready`. */
function noneReady(count: number, what: string, key: string): string {
  return count === 1
    ? `The one ${what} of ${key} is not ready`
    : `None of the ${count} ${what}s of ${key} is ready`;
}

function placeIn(
  origin: SourceRef | undefined,
  source: Omit<DiagnosticSource, 'at'>,
  ...path: SourceRef['path']
): DiagnosticSource[] {
  return origin === undefined ? [] : [{ at: refTo(origin, ...path), ...source }];
}

function withoutSelector(
  control: ControlPlane,
  { service, portName, protocol }: ServicePort,
): MissingEndpoints {
  const slices = control.slicesOf(service.key);
  const port = portName === '' ? 'without a name' : `named ${portName}`;
  const wanted = `${port} (${protocol.toUpperCase()})`;
  const entries = slices
    .filter(({ ports }) =>
      ports.some((candidate) => candidate.name === portName && candidate.protocol === protocol),
    )
    .flatMap(({ endpoints }) => endpoints);
  if (entries.length > 0) {
    return missing('pods-not-ready', {
      text: `${noneReady(entries.length, 'endpoint', service.key)}:`,
      sources: entries
        .slice(0, MOST_PLACES)
        .flatMap(({ origin }, index) =>
          placeIn(origin, { role: index === 0 ? 'primary' : 'context', label: 'not ready' }),
        ),
    });
  }
  const named = slices.length === 0 ? fqdnSlice(control, service) : undefined;
  if (named !== undefined) {
    return missing('no-slice', {
      text: `Service ${service.key} has an EndpointSlice of names (addressType FQDN), which no proxy and no DNS server uses:`,
      sources: placeIn(named, { role: 'primary', label: 'FQDN' }, 'addressType'),
      help: [{ text: 'type: ExternalName is another name for one host; a slice needs IP addresses' }],
    });
  }
  if (slices.length === 0) {
    return missing('no-slice', {
      text: `Service ${service.key} has no selector, and no EndpointSlice or Endpoints object belongs to it:`,
      sources: placeIn(service.origin, { role: 'primary', label: 'no selector' }, 'spec'),
      help: [
        {
          text: `add a selector, or an EndpointSlice with the label kubernetes.io/service-name: ${service.name}`,
          applicability: 'has-placeholders',
        },
      ],
    });
  }
  const names = [
    ...new Set(
      slices.flatMap(({ ports }) =>
        ports.map(({ name, protocol: own }) => `${name || '""'} (${own.toUpperCase()})`),
      ),
    ),
  ];
  return missing('no-slice', {
    text: `No EndpointSlice of ${service.key} has a port ${wanted}; a slice's port belongs to the Service port of that name:`,
    sources: placeIn(
      service.origin,
      { role: 'primary', label: `slices have ${names.join(', ') || 'no port'}` },
      'spec',
      'ports',
    ),
    help: [{ text: `name a port of the slices ${wanted.replace(/^named /, '')}`, applicability: 'likely' }],
  });
}

/** A slice that is left out (read-slices.ts). */
function fqdnSlice({ cluster }: ControlPlane, { namespace, name }: ClusterService): SourceRef | undefined {
  return cluster.objects
    .ofKind('EndpointSlice')
    .find(
      ({ metadata, body }) =>
        body.addressType === 'FQDN' &&
        metadata.namespace === namespace &&
        metadata.labels.get(SERVICE_NAME) === name,
    )?.origin;
}

function withoutPods(control: ControlPlane, service: ClusterService, selector: Labels): MissingEndpoints {
  const { namespace, origin } = service;
  const { objects, podsByNamespace } = control.cluster;
  const candidates = selectorCandidates(objects);
  const own = candidates.filter((candidate) => candidate.namespace === namespace);
  const exact = own.find(({ labels }) => labelsMatch(selector, labels));
  if (exact !== undefined) return scaledToZero(service, selector, exact);
  const elsewhere = candidates.filter(({ labels }) => labelsMatch(selector, labels));
  if (elsewhere[0] !== undefined) return inOtherNamespace(service, selector, elsewhere);
  const closest = closestCandidate(selector, own);
  const label =
    closest === undefined ? `nothing in ${namespace} comes near` : `closest: ${describeClosest(closest)}`;
  return missing('selector-matches-no-pod', {
    text: `The selector matches 0 of ${podsByNamespace.get(namespace)?.length ?? 0} pods in ${namespace}:`,
    sources: [
      ...placeIn(origin, { role: 'primary', label }, 'spec', 'selector', firstWrong(selector, closest)),
      ...(closest === undefined ? [] : templatePlace(closest.candidate)),
    ],
    ...(closest === undefined ? {} : { help: selectorCorrection(closest) }),
  });
}

/** The first pair that is not met; the first one of all when nothing comes near. */
function firstWrong(selector: Labels, closest: Closest | undefined): string {
  return closest?.missing[0]?.key ?? [...selector.keys()][0] ?? '';
}

function templatePlace({ origin, templatePath, labels }: Candidate): DiagnosticSource[] {
  const path = labels.size === 0 ? ['metadata'] : ['metadata', 'labels'];
  return placeIn(origin, { role: 'context', label: printLabels(labels) }, ...templatePath, ...path);
}

function scaledToZero(
  { namespace, origin }: ClusterService,
  selector: Labels,
  { kind, name, origin: at }: Candidate,
): MissingEndpoints {
  return missing('selector-matches-no-pod', {
    text: `The selector matches ${kind} ${name}, which has no pods in ${namespace}:`,
    sources: [
      ...placeIn(at, { role: 'primary', label: 'no replicas' }, 'spec', 'replicas'),
      ...placeIn(origin, { role: 'context', label: printLabels(selector) }, 'spec', 'selector'),
    ],
  });
}

function inOtherNamespace(
  { namespace, origin, name }: ClusterService,
  selector: Labels,
  elsewhere: readonly Candidate[],
): MissingEndpoints {
  const namespaces = [...new Set(elsewhere.map((candidate) => candidate.namespace))];
  const [first] = elsewhere;
  const found = first === undefined ? '' : `${first.kind} ${first.namespace}/${first.name}`;
  const help: Help[] =
    namespaces.length === 1
      ? [{ text: `move Service ${name} to namespace ${namespaces[0]}`, applicability: 'likely' }]
      : [];
  return missing('selector-in-other-namespace', {
    text: `The selector matches no pod in ${namespace}, but in ${namespaces.join(', ')}; a Service selects in its own namespace only:`,
    sources: [
      ...placeIn(
        origin,
        { role: 'primary', label: `matches ${found}` },
        'spec',
        'selector',
        [...selector.keys()][0] ?? '',
      ),
      ...elsewhere.slice(0, MOST_PLACES).flatMap(templatePlace),
    ],
    help,
  });
}

function unknownTargetPort(
  { origin, protocol }: ServicePort,
  targetPort: string,
  pods: readonly Pod[],
): MissingEndpoints {
  const declared = new Map(
    pods.flatMap((pod) =>
      pod.ports.flatMap((port) =>
        port.name === undefined
          ? []
          : [[`${port.name} (${port.containerPort}/${port.protocol.toUpperCase()})`, { pod, port }] as const],
      ),
    ),
  );
  const names = declared.size === 0 ? 'no port by name' : [...declared.keys()].join(', ');
  const port = `${protocol.toUpperCase()} port named ${targetPort}`;
  const fitting = [...declared.values()].filter((one) => one.port.protocol === protocol);
  const only = fitting.length === 1 ? fitting[0]?.port.name : undefined;
  return missing('target-port-name-unknown', {
    text: `${pods.length === 1 ? 'The one selected pod declares no' : `None of the ${pods.length} selected pods declares a`} ${port}:`,
    sources: [
      ...placeIn(origin, { role: 'primary', label: `pods declare ${names}` }, 'targetPort'),
      ...[...declared.values()]
        .slice(0, MOST_PLACES)
        .flatMap(({ pod, port }) =>
          placeIn(pod.origin, { role: 'context', label: port.name ?? '' }, ...port.path, 'name'),
        ),
    ],
    ...(only === undefined
      ? {}
      : { help: [{ text: `targetPort: ${only}`, applicability: 'likely' as const }] }),
  });
}

function notReady({ key, origin }: ClusterService, pods: readonly Pod[]): MissingEndpoints {
  const pending = pods.filter(({ node }) => node === undefined).length;
  const isReady = pods.some(({ readiness }) => readiness === 'ready');
  const names = [...new Set(pods.map(({ workload, name }) => workload?.name ?? name))].join(', ');
  const text = isReady
    ? `The EndpointSlices of ${key} list no ready endpoint for this port, though the pods are ready:`
    : `${noneReady(pods.length, 'selected pod', key)}${pending === 0 ? '' : ` (${pending} on no node)`}:`;
  const shown = pods.slice(0, MOST_PLACES).map((pod) => ({ pod, condition: readyCondition(pod) }));
  const decides = shown.find(({ condition }) => condition !== undefined)?.pod;
  const selects: Omit<DiagnosticSource, 'at'> = {
    role: decides === undefined ? 'primary' : 'context',
    label: `selects ${names}`,
  };
  return missing('pods-not-ready', {
    text,
    sources: [
      ...placeIn(origin, selects, 'spec', 'selector'),
      ...shown.flatMap(({ pod, condition = [] }) =>
        placeIn(
          pod.origin,
          { role: pod === decides ? 'primary' : 'context', label: stateOf(pod) },
          ...condition,
        ),
      ),
    ],
  });
}

/** The field of its status that says that a pod is not ready; undefined where nothing written says it. */
function readyCondition({ origin, readiness }: Pod): FieldPath | undefined {
  if (origin === undefined || readiness === 'ready') return undefined;
  const conditions = valueAt(refTo(origin, 'status', 'conditions'));
  if (!Array.isArray(conditions)) return undefined;
  const index = conditions.findIndex((one: unknown) => isMapping(one) && one['type'] === 'Ready');
  return index < 0 ? undefined : ['status', 'conditions', index, 'status'];
}

function stateOf({ name, node, readiness, ips }: Pod): string {
  if (node === undefined) return `${name}: on no node`;
  return `${name}: ${ips.length === 0 ? 'no address' : READINESS_WORDS[readiness]}`;
}

const READINESS_WORDS: Readonly<Record<Pod['readiness'], string>> = {
  ready: 'ready',
  'not-ready': 'not ready',
  terminating: 'terminating',
};
