/**
 * What an ingress controller would connect to, as netpol-analyzer sees it: for each Service that an Ingress or an
 * OpenShift Route names, the declared TCP ports behind it, cut with what policies admit from a pod without labels
 * in a namespace without labels (np-guard/netpol-analyzer:pkg/netpol/connlist/internal/ingressanalyzer).
 */

import type { ClusterService, Pod } from '../../cluster/cluster.ts';
import { mappingAt, mappingsAt, rawObjectsOfKind } from '../../k8s/raw-objects.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import {
  intersectPorts,
  isEmpty,
  NO_PORTS,
  type PortSet,
  portRange,
  unitePorts,
} from '../../net/port-set.ts';
import { portsAllowedBy } from '../../policy/allowed-ports.ts';
import type { PolicyIndex } from '../../policy/policy-index.ts';
import type { Snapshot } from '../snapshot.ts';

export interface ControllerConnection {
  /** A pod of the workload. */
  readonly pod: Pod;
  readonly ports: PortSet;
}

const CONTROLLER_NAMESPACE = 'ingress-controller-ns';

interface Backend {
  readonly namespace: string;
  readonly service: string;
  /** undefined: every port. */
  readonly port?: number | string;
}

/** One entry for each workload that a controller may reach. */
export function ingressConnections(
  snapshot: Snapshot,
  index: PolicyIndex,
  pods: readonly Pod[],
): readonly ControllerConnection[] {
  const services = new Map(snapshot.cluster.services.map((service) => [service.key, service]));
  const found = new Map<string, { readonly pod: Pod; ports: PortSet }>();
  for (const backend of backendsOf(snapshot)) {
    const service = services.get(`${backend.namespace}/${backend.service}`);
    if (service?.body.selector === undefined) continue;
    const { selector } = service.body;
    const selected = pods.filter(
      (pod) => pod.namespace === service.namespace && labelsMatch(selector, pod.labels),
    );
    for (const pod of selected) {
      const key = `${pod.namespace}/${pod.workload?.kind}/${pod.workload?.name ?? pod.name}`;
      const known = found.get(key) ?? { pod, ports: NO_PORTS };
      known.ports = unitePorts(known.ports, portsBehind(service, backend, pod));
      found.set(key, known);
    }
  }
  return [...found.values()].flatMap(({ pod, ports }) => {
    const open = intersectPorts(ports, admittedFromController(index, pod));
    return isEmpty(open) ? [] : [{ pod, ports: open }];
  });
}

function admittedFromController(index: PolicyIndex, pod: Pod): PortSet {
  const controller: Pod = {
    ...pod,
    key: `${CONTROLLER_NAMESPACE}/ingress-controller`,
    namespace: CONTROLLER_NAMESPACE,
    labels: new Map(),
    ports: [],
  };
  const name = new Map([['kubernetes.io/metadata.name', CONTROLLER_NAMESPACE]]);
  const namespaces = new Map([
    ...index.namespaces,
    [CONTROLLER_NAMESPACE, { name: CONTROLLER_NAMESPACE, labels: name }],
  ]);
  const ends = { from: { kind: 'pod', pod: controller }, to: { kind: 'pod', pod } } as const;
  return portsAllowedBy({ ...index, namespaces }, ends, 'ingress');
}

/** The TCP ports that a container declares, behind the Service's ports that the backend means. */
function portsBehind({ body }: ClusterService, backend: Backend, pod: Pod): PortSet {
  return meantPorts(body.ports, backend)
    .flatMap(({ targetPort }) => numbersOf(targetPort, pod))
    .filter((number) => pod.ports.some(({ containerPort }) => containerPort === number))
    .reduce((set, number) => unitePorts(set, portRange('tcp', number, number)), NO_PORTS);
}

/** The first port with that name, number or target port; all of them where the backend names none. */
function meantPorts(
  ports: readonly ServicePortSpec[],
  { port: wanted }: Backend,
): readonly ServicePortSpec[] {
  if (wanted === undefined) return ports;
  const found = ports.find(({ name, port, targetPort }) => [name, port, targetPort].includes(wanted));
  return found === undefined ? [] : [found];
}

function numbersOf(target: number | string, pod: Pod): readonly number[] {
  if (typeof target === 'number') return [target];
  const named = pod.ports.find(({ name }) => name === target);
  return named?.protocol === 'tcp' ? [named.containerPort] : [];
}

function backendsOf({ objects }: Snapshot): readonly Backend[] {
  const ingresses = rawObjectsOfKind(objects, 'Ingress').flatMap(({ namespace, raw }) => {
    const spec = mappingAt(raw, 'spec');
    const paths = mappingsAt(spec, 'rules').flatMap((rule) => mappingsAt(mappingAt(rule, 'http'), 'paths'));
    const backends = [mappingAt(spec, 'defaultBackend'), ...paths.map((path) => mappingAt(path, 'backend'))];
    return backends.flatMap((backend) => ingressBackend(namespace, backend));
  });
  const routes = rawObjectsOfKind(objects, 'Route')
    .filter(({ apiVersion }) => apiVersion.startsWith('route.openshift.io/'))
    .flatMap(({ namespace, raw }) => {
      const spec = mappingAt(raw, 'spec');
      const { targetPort } = mappingAt(spec, 'port') as { readonly targetPort?: unknown };
      const targets = [mappingAt(spec, 'to'), ...mappingsAt(spec, 'alternateBackends')];
      return targets.flatMap(({ kind, name }) => {
        if (typeof name !== 'string' || (kind !== undefined && kind !== '' && kind !== 'Service')) return [];
        return [{ namespace, service: name, ...portOf(targetPort) }];
      });
    });
  return [...ingresses, ...routes];
}

function ingressBackend(namespace: string, backend: unknown): readonly Backend[] {
  const { name, port } = mappingAt(backend, 'service') as {
    readonly name?: unknown;
    readonly port?: unknown;
  };
  if (typeof name !== 'string') return [];
  const { name: portName, number } = mappingAt(port) as {
    readonly name?: unknown;
    readonly number?: unknown;
  };
  return [{ namespace, service: name, ...portOf(portName ?? number) }];
}

function portOf(port: unknown): Pick<Backend, 'port'> {
  const isPort = (typeof port === 'number' && port !== 0) || (typeof port === 'string' && port !== '');
  return isPort ? { port } : {};
}
