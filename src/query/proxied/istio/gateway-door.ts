/** How clients of a host get to the Istio Gateway that is for it, as far as the manifests leave it open. */

import type { AssumedWorkload } from '../../../cluster/assumed-workload.ts';
import { gatewayServices, istioNames } from '../../../control/dns/istio-names.ts';
import { hasLoadBalancer } from '../../../control/load-balancer.ts';
import type { IstioGatewayObject } from '../../../k8s/kinds/istio-gateway.ts';
import { labelsMatch } from '../../../k8s/selector.ts';
import { hostOnly, hostsMatch, serverHost } from '../../../l7/istio/names.ts';
import type { IpFamily } from '../../../net/ip.ts';
import { parseReference } from '../../reference.ts';
import type { Snapshot } from '../../snapshot.ts';
import { type FrontDoor, openDoor } from '../door.ts';
import { doorOfAssumed } from '../gateway-door.ts';

/** The Gateway for which somebody wrote the host of a URL, in a server or in a VirtualService; undefined: none has it. */
export function istioGatewayOf(snapshot: Snapshot, to: string): IstioGatewayObject | undefined {
  const gateways = snapshot.objects.ofKind('IstioGateway');
  if (gateways.length === 0) return undefined;
  const reference = parseReference(to);
  if (reference.kind !== 'name') return undefined;
  const host = reference.host.toLowerCase();
  if (!istioNames(snapshot.cluster).some((each) => hostsMatch(each.host.toLowerCase(), host)))
    return undefined;
  return gateways.find(({ body, metadata }) =>
    body.servers.some(({ hosts }) =>
      hosts.some((each) => hostsMatch(hostOnly(serverHost(each, metadata.namespace)).toLowerCase(), host)),
    ),
  );
}

/** Its own Service, else one that is assumed, with the address that its status has. */
export function istioDoor(snapshot: Snapshot, gateway: IstioGatewayObject, family: IpFamily): FrontDoor {
  const { cluster } = snapshot;
  const own = gatewayServices(cluster, gateway);
  const service = own.find((each) => hasLoadBalancer(each)) ?? own[0];
  const facts = { status: undefined, client: { family, isOutside: false } };
  if (service !== undefined) return openDoor(snapshot, cluster, { service, ...facts });
  const { selector = new Map<string, string>() } = gateway.body;
  const isThere = cluster.pods.some(({ labels }) => selector.size > 0 && labelsMatch(selector, labels));
  if (isThere || snapshot.profile.input === 'stored') return { snapshot, assumed: [], notes: [] };
  return doorOfAssumed(snapshot, assumedGateway(snapshot, gateway), facts);
}

/**
 * Ports of what `istioctl install` installs: 80 and 443 lead to ports that need no root
 * (istio/istio:manifests/charts/gateways/istio-ingress/values.yaml).
 */
const CONTAINER_PORTS: ReadonlyMap<number, number> = new Map([
  [80, 8080],
  [443, 8443],
]);

/** The port of the Service that leads to a server: its own number, else one whose target that is. */
export function clientPort({ cluster }: Snapshot, gateway: IstioGatewayObject, number: number): number {
  const services = gatewayServices(cluster, gateway);
  const ports = services.flatMap(({ body }) => body.ports);
  if (ports.some(({ port }) => port === number)) return number;
  const leading = ports.find(({ targetPort }) => targetPort === number)?.port;
  if (leading !== undefined || services.length > 0) return leading ?? number;
  return [...CONTAINER_PORTS].find(([, target]) => target === number)?.[0] ?? number;
}

/** What Istio's own chart installs for such a selector. */
function assumedGateway({ cluster }: Snapshot, { body }: IstioGatewayObject): AssumedWorkload {
  const { selector = new Map([['istio', 'ingressgateway']]), servers } = body;
  const kind = selector.get('istio') ?? 'ingressgateway';
  const name = selector.get('app') ?? `istio-${kind}`;
  const known = [...CONTAINER_PORTS.keys(), ...CONTAINER_PORTS.values()];
  const others = servers.map(({ port }) => port).filter((port) => !known.includes(port));
  const ports = [...CONTAINER_PORTS.keys(), ...new Set(others)];
  return {
    namespace: cluster.profile.istio.rootNamespace ?? 'istio-system',
    name,
    labels: new Map([['app', name], ...selector]),
    externalTrafficPolicy: 'Cluster',
    ports: ports.map((port) => ({
      name: port === 80 ? 'http2' : port === 443 ? 'https' : `port-${port}`,
      port,
      containerPort: CONTAINER_PORTS.get(port) ?? port,
    })),
  };
}
