/** What is wrong with a Service, as far as the asked door is concerned. */

import type { Cluster, ClusterService } from '../cluster/cluster.ts';
import { onceFor } from '../collections/once.ts';
import { type Concern, serviceFindings } from '../control/service-findings.ts';
import type { ServicePort } from '../control/service-port.ts';
import { OTHER_PROXY } from '../control/slice-labels.ts';
import { refTo } from '../source/ref.ts';
import type { Asking } from './asking.ts';
import type { Dial } from './dial.ts';
import { askedServicePort } from './explain-failure.ts';

/** Adds the findings about the Service port that is dialled; once for each dial, whatever its paths. */
export function noteService(asking: Asking, dial: Dial): void {
  const { snapshot } = asking;
  const port = askedServicePort(snapshot, dial);
  if (port === undefined) noteOtherProxy(asking, dial);
  else noteOtherFamily(asking, dial, port);
  // What is assumed to be there is not to be mended.
  if (port?.service.origin === undefined) return;
  const concerns: ReadonlySet<Concern> = new Set([
    'endpoints',
    ...(dial.balancer === undefined ? [] : (['load-balancer'] as const)),
    ...(port.externalIps.includes(dial.ip) ? (['external-ip'] as const) : []),
    ...(port.nodePort === dial.port ? (['node-port'] as const) : []),
  ]);
  noteFindings(asking, port, concerns);
  // One that takes the address of another Service says so itself.
  for (const rival of rivalsOf(asking, dial, port)) noteFindings(asking, rival, new Set(['external-ip']));
}

function noteFindings({ snapshot, report }: Asking, port: ServicePort, concerns: ReadonlySet<Concern>): void {
  for (const { concern, port: about, diagnostic } of serviceFindings(snapshot.control, port.service)) {
    // Why there is no endpoint is told as the cause.
    if (!concerns.has(concern) || (about !== undefined && about !== port)) continue;
    if (concern !== 'endpoints' || port.endpoints.some(({ ready }) => ready)) report(diagnostic);
  }
}

function rivalsOf({ snapshot }: Asking, { ip }: Dial, port: ServicePort): readonly ServicePort[] {
  if (!port.clusterIps.includes(ip)) return [];
  return snapshot.control
    .servicePortsAt(ip)
    .filter((other) => other !== port && other.port === port.port && other.protocol === port.protocol);
}

/** Rules are made for the families of the Service's cluster addresses alone (pkg/proxy/util GetClusterIPByFamily). */
function noteOtherFamily({ report }: Asking, { ip }: Dial, { service, clusterIps }: ServicePort): void {
  if (clusterIps.some(({ family }) => family === ip.family)) return;
  const own = ip.family === 4 ? 6 : 4;
  report({
    code: 'service-other-family',
    severity: 'warning',
    text: `Service ${service.key} is of IPv${own} alone: no node has a rule for it at ${ip.text}`,
    sources: service.origin === undefined ? [] : [{ at: refTo(service.origin, 'spec'), role: 'context' }],
    help: [{ text: 'ipFamilyPolicy: PreferDualStack gives it both families, where the cluster has them' }],
  });
}

/** Few, if any: every dial to an address of no Service asks for them. */
const leftToOthers = onceFor(({ services }: Cluster) =>
  services.filter(({ labels }) => labels.has(OTHER_PROXY)),
);

/** A Service that its label gives to another proxy: nothing tells what that one does. */
function noteOtherProxy({ snapshot, assumptions, report }: Asking, { ip }: Dial): void {
  if (snapshot.control.servicePortsAt(ip).length > 0) return;
  const service = leftToOthers(snapshot.cluster).find((each) => hasAddress(each, ip));
  if (service === undefined) return;
  assumptions.add('A_UNMODELLED', { values: [`the proxy of Service ${service.key}`], decisive: true });
  report({
    code: 'unmodelled',
    severity: 'warning',
    text: `Service ${service.key} is left to another proxy by its label ${OTHER_PROXY}: kube-proxy has no rule for it, and what the other one does is not modelled`,
    sources:
      service.origin === undefined
        ? []
        : [{ at: refTo(service.origin, 'metadata', 'labels', OTHER_PROXY), role: 'context' }],
  });
}

function hasAddress({ clusterIps, body }: ClusterService, ip: Dial['ip']): boolean {
  const balanced = body.loadBalancerIngress.some((ingress) => ingress.ip === ip);
  return clusterIps.includes(ip) || body.externalIps.includes(ip) || balanced;
}
