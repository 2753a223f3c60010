/** The question of `k8snet explain svc/NAME`: what the Service is in this cluster, and what breaks. */

import type { ClusterService } from '../cluster/cluster.ts';
import { compareText } from '../collections/order.ts';
import { serviceFindings } from '../control/service-findings.ts';
import type { Slice, SliceEntry } from '../control/slice.ts';
import { explainClusterService } from './explain-cluster.ts';
import { type Facts, factsOf } from './facts.ts';
import { objectNamer } from './namer.ts';
import { doorsOf } from './service-doors.ts';
import type { ExplainedEndpoint, ExplainedPort, ServiceExplanation } from './service-explanation.ts';
import type { Snapshot } from './snapshot.ts';
import { diagnosticAnswer } from './source-answer.ts';
import { findServiceNamed } from './target.ts';
import { TOOL } from './tool.ts';

/**
 * Explains a Service.
 * @param text `[NAMESPACE/]svc/NAME`.
 * @throws UsageError that lists the candidates.
 */
export function explainService(snapshot: Snapshot, text: string): ServiceExplanation {
  const { cluster, control, objects } = snapshot;
  const service = findServiceNamed(cluster, text);
  const facts = factsOf(snapshot);
  const slices = control.slicesOf(service.key);
  const { ports, endpoints: _, externalIps: __, ...summary } = explainClusterService(service, slices, facts);
  const namer = objectNamer(objects);
  const { selector } = service.body;
  return {
    schema: 'k8snet/explain-service/1',
    tool: TOOL,
    service: summary,
    ...(selector === undefined ? {} : { selector: Object.fromEntries(selector) }),
    policies: policiesOf(service),
    ports: ports.map((port, index) => explainPort(snapshot, service, { port, index })),
    endpoints: explainEndpoints(snapshot, slices, facts),
    doors: doorsOf(snapshot, service),
    findings: serviceFindings(control, service).map(({ diagnostic }) => diagnosticAnswer(diagnostic, namer)),
  };
}

function policiesOf({ body }: ClusterService): ServiceExplanation['policies'] {
  const { type, internalTrafficPolicy, externalTrafficPolicy, sessionAffinitySeconds, trafficDistribution } =
    body;
  const isOpen = type === 'NodePort' || type === 'LoadBalancer' || body.externalIps.length > 0;
  return {
    ...(type === 'ExternalName' || body.headless ? {} : { internalTrafficPolicy }),
    ...(isOpen ? { externalTrafficPolicy } : {}),
    ...(sessionAffinitySeconds === undefined ? {} : { sessionAffinitySeconds }),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
  };
}

function explainPort(
  { control }: Snapshot,
  service: ClusterService,
  { port, index }: { readonly port: Omit<ExplainedPort, 'endpoints'>; readonly index: number },
): ExplainedPort {
  const spec = service.body.ports[index];
  const served = control
    .servicePortsOf(service.key)
    .find(({ portName, protocol }) => portName === spec?.name && protocol === spec.protocol);
  const endpoints = served?.endpoints ?? [];
  return {
    ...port,
    ...(spec?.appProtocol === undefined ? {} : { appProtocol: spec.appProtocol }),
    endpoints: { total: endpoints.length, ready: endpoints.filter(({ ready }) => ready).length },
  };
}

/** One for each address, in the order of their text. */
function explainEndpoints(
  snapshot: Snapshot,
  slices: readonly Slice[],
  facts: Facts,
): readonly ExplainedEndpoint[] {
  const found = slices.flatMap((slice) =>
    slice.endpoints.map((entry) => explainEndpoint(snapshot, { slice, entry, facts })),
  );
  return found.flat().sort((a, b) => compareText(a.address, b.address));
}

function explainEndpoint(
  { cluster }: Snapshot,
  { slice, entry, facts }: { readonly slice: Slice; readonly entry: SliceEntry; readonly facts: Facts },
): readonly ExplainedEndpoint[] {
  const { pod, node, ready, serving, terminating, origin } = entry;
  const zone = entry.zone ?? cluster.nodeByName.get(node ?? '')?.labels.get('topology.kubernetes.io/zone');
  const ports = slice.ports.flatMap(({ name, port, protocol }) =>
    port === undefined || port === null ? [] : [{ ...(name === '' ? {} : { name }), port, protocol }],
  );
  return entry.addresses.map((ip) => ({
    address: ip.text,
    ports,
    ...(pod === undefined ? {} : { pod }),
    ...(node === undefined ? {} : { node }),
    ...(zone === undefined ? {} : { zone }),
    ready,
    serving,
    terminating,
    ...(origin === undefined ? {} : { at: facts.place(origin) }),
  }));
}
