/**
 * flannel: the bridge plugin on the node, VXLAN between nodes, masquerade on the way out, no policy
 * (flannel-io/flannel: Documentation/configuration.md, backends.md; flannel-io/cni-plugin).
 */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import type { OtherObject } from '../../k8s/object.ts';
import { type IpFamily, parseIp } from '../../net/ip.ts';
import { refTo } from '../../source/ref.ts';
import { type Cni, type CniEvidence, type CniSettings, type Facets, underlayAddress } from '../cni.ts';
import { flannelMasquerade } from '../egress-nat/flannel-masquerade.ts';
import { vxlanFabric } from '../fabric/vxlan.ts';
import { portmapHostPorts } from '../host-ports/portmap-iptables.ts';
import { bridgeLink } from '../pod-link/bridge.ts';

const ANNOTATION_PREFIX = 'flannel.alpha.coreos.com/';
const DEFAULT_VNI = 1;
/** The kernel's VXLAN port, which flannel takes on Linux. */
const DEFAULT_PORT = 8472;

export const flannel: Cni = {
  name: 'flannel',
  backends: ['vxlan'],
  detect: (cluster) => detectByNodes(cluster) ?? detectByConfigMap(cluster) ?? detectByDaemonSet(cluster),
  facets: (settings) => flannelFacets(settings),
};

function flannelFacets(settings: CniSettings): Facets {
  const vni = numberOption(settings, 'vni') ?? DEFAULT_VNI;
  return {
    label: 'flannel-vxlan',
    podLink: bridgeLink({ bridge: 'cni0', hairpin: true, routesCluster: true }),
    fabric: vxlanFabric({
      devices: { 4: `flannel.${vni}`, 6: `flannel-v6.${vni}` },
      vni,
      port: numberOption(settings, 'port') ?? DEFAULT_PORT,
      tunnelAddress: publicAddress,
    }),
    egressNat: flannelMasquerade(settings.clusterCidrs),
    policy: { enforces: false },
    // flannel-io/flannel:Documentation/kube-flannel.yml chains portmap behind the bridge; its network is cbr0.
    hostPorts: portmapHostPorts({ network: 'cbr0', podPrefix: 'node-range' }),
    services: 'kube-proxy',
  };
}

/** The address that flannel published for the node, else the node's own. */
function publicAddress(node: Node, family: IpFamily) {
  const name = `${ANNOTATION_PREFIX}${family === 4 ? 'public-ip' : 'public-ipv6'}`;
  const written = node.annotations.get(`${name}-overwrite`) ?? node.annotations.get(name);
  const ip = written === undefined ? undefined : parseIp(written);
  return ip?.family === family ? ip : underlayAddress(node, family);
}

function numberOption(settings: CniSettings, name: string): number | undefined {
  const value = settings.options[name];
  return typeof value === 'number' ? value : undefined;
}

function detectByNodes(cluster: Cluster): CniEvidence | undefined {
  for (const node of cluster.nodes) {
    const backend = node.annotations.get(`${ANNOTATION_PREFIX}backend-type`);
    if (backend === undefined) continue;
    const path = ['metadata', 'annotations', `${ANNOTATION_PREFIX}backend-type`];
    return { backend, ...(node.origin === undefined ? {} : { origin: refTo(node.origin, ...path) }) };
  }
  return undefined;
}

function detectByConfigMap(cluster: Cluster): CniEvidence | undefined {
  const config = cluster.objects.otherOfKind('ConfigMap').find(({ name }) => name === 'kube-flannel-cfg');
  if (config === undefined) return undefined;
  return { ...netConf(config), origin: refTo(config.origin, 'data', 'net-conf.json') };
}

/** Backend of `net-conf.json`: `{"Network": …, "Backend": {"Type": "vxlan", "VNI": 1, "Port": 8472}}`. */
function netConf(config: OtherObject): CniEvidence {
  const text = field(field(config.raw, 'data'), 'net-conf.json');
  const backend = field(parseJson(text), 'Backend');
  const type = field(backend, 'Type');
  const vni = field(backend, 'VNI');
  const port = field(backend, 'Port');
  const options = {
    ...(typeof vni === 'number' ? { vni } : {}),
    ...(typeof port === 'number' ? { port } : {}),
  };
  return { ...(typeof type === 'string' ? { backend: type } : {}), options };
}

function detectByDaemonSet(cluster: Cluster): CniEvidence | undefined {
  for (const daemonSet of cluster.objects.ofKind('DaemonSet')) {
    const { containers } = daemonSet.body.template.spec;
    if (containers.some(({ image }) => /(^|\/)flannel(:|@|$)/.test(image ?? ''))) {
      return { origin: daemonSet.origin };
    }
  }
  return undefined;
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
