/** Small clusters of any shape on one link, and any connections in them, for questions about the roads between nodes. */

import fc from 'fast-check';
import type { NamespaceId } from '../../src/dataplane/network.ts';
import { loadSnapshot, parseIp, type Snapshot } from '../../src/index.ts';
import type { Flow } from '../../src/trace/trace.ts';
import type { Road } from './road-kinds.ts';

const NODES = ['node-a', 'node-b', 'node-c'] as const;
const CLIENT = '203.0.113.9';

export interface RoadPod {
  readonly node: (typeof NODES)[number];
  readonly app: 'web' | 'api';
  readonly hostNetwork: boolean;
}

export interface RoadService {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  readonly app: 'web' | 'api' | 'nobody';
  readonly external: 'Cluster' | 'Local';
  readonly internal: 'Cluster' | 'Local';
  readonly protocol: 'TCP' | 'UDP';
  readonly externalIPs: readonly string[];
}

export interface RoadWorld {
  readonly pods: readonly RoadPod[];
  readonly services: readonly RoadService[];
}

const pod = fc.record<RoadPod>({
  node: fc.constantFrom(...NODES),
  app: fc.constantFrom('web', 'api'),
  hostNetwork: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const policy = fc.oneof(
  { weight: 3, arbitrary: fc.constant('Cluster' as const) },
  fc.constant('Local' as const),
);
const service = fc.record<RoadService>({
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  app: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('web' as const, 'api' as const) },
    fc.constant('nobody' as const),
  ),
  external: policy,
  internal: policy,
  protocol: fc.constantFrom('TCP', 'TCP', 'UDP'),
  externalIPs: fc.constantFrom([], [], ['198.51.100.99']),
});

export const roadWorlds: fc.Arbitrary<RoadWorld> = fc.record({
  pods: fc.array(pod, { minLength: 2, maxLength: 5 }),
  services: fc.array(service, { minLength: 1, maxLength: 3 }),
});

const nodeAddress = (name: string) => `10.0.0.${11 + NODES.indexOf(name as (typeof NODES)[number])}`;
const podAddress = ({ node }: RoadPod, index: number) => `10.244.${NODES.indexOf(node) + 1}.${index + 5}`;
const clusterIp = (index: number) => `10.96.0.${50 + index}`;
const nodePort = (index: number) => 30080 + index;
const vip = (index: number) => `198.51.100.${10 + index}`;

/** The world as a cluster of a CNI and a proxy mode. */
export function roadSnapshot({ pods, services }: RoadWorld, road: Road, proxy: string): Snapshot {
  const items = [...pods.map(podObject), ...services.map(serviceObject)];
  const nodes = NODES.map(
    (name, index) =>
      `- {name: ${name}, addresses: [${nodeAddress(name)}], podCIDRs: [10.244.${index + 1}.0/24]}`,
  );
  const profile = ['podCIDRs: [10.244.0.0/16]', 'nodes:', ...nodes].join('\n');
  return loadSnapshot({
    files: [{ name: 'world.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }],
    profile: {
      file: { name: 'k8snet.yaml', text: profile },
      flags: { set: [...road.set, `proxy.mode=${proxy}`] },
    },
  });
}

function podObject(facts: RoadPod, index: number) {
  const podIP = facts.hostNetwork ? nodeAddress(facts.node) : podAddress(facts, index);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace: 'default', labels: { app: facts.app } },
    spec: {
      nodeName: facts.node,
      ...(facts.hostNetwork ? { hostNetwork: true } : {}),
      // On one node two pods of its network cannot listen on one port.
      containers: [{ name: 'main', ports: portsOf(facts, index) }],
    },
    status: { podIP, podIPs: [{ ip: podIP }] },
  };
}

/** On one node two pods of its network cannot listen on one port. */
function portsOf({ hostNetwork }: RoadPod, index: number) {
  const containerPort = hostNetwork ? 9000 + index : 8080;
  return ['TCP', 'UDP'].map((protocol) => ({ name: protocol.toLowerCase(), protocol, containerPort }));
}

function serviceObject(facts: RoadService, index: number) {
  const isOpen = facts.type !== 'ClusterIP';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `svc-${index}`, namespace: 'default' },
    spec: {
      type: facts.type,
      selector: { app: facts.app },
      clusterIP: clusterIp(index),
      internalTrafficPolicy: facts.internal,
      ...(isOpen ? { externalTrafficPolicy: facts.external } : {}),
      ...(facts.externalIPs.length === 0 ? {} : { externalIPs: facts.externalIPs }),
      ports: [
        {
          port: 80 + index,
          targetPort: facts.protocol.toLowerCase(),
          protocol: facts.protocol,
          ...(isOpen ? { nodePort: nodePort(index) } : {}),
        },
      ],
    },
    ...(facts.type === 'LoadBalancer' ? { status: { loadBalancer: { ingress: [{ ip: vip(index) }] } } } : {}),
  };
}

/** The Service that a connection is for; undefined: it is for none. */
export function aimedService({ services }: RoadWorld, { aim }: RoadFlow): RoadService | undefined {
  const isNone = aim.to === 'node' || aim.to === 'outside' || aim.to === 'pod';
  return isNone ? undefined : services[aim.index % services.length];
}

/** What a connection is for: which pod or Service by `index`, and at which node. */
export interface RoadAim {
  readonly to: 'pod' | 'cluster-ip' | 'node-port' | 'vip' | 'external-ip' | 'node' | 'outside';
  readonly index: number;
  readonly node: string;
}

export interface RoadFlow {
  /** A pod by its number, a node by its name, or a client outside. */
  readonly from: number | string;
  readonly aim: RoadAim;
}

const nodeName = fc.constantFrom<string>(...NODES);
export const roadFlows: fc.Arbitrary<readonly RoadFlow[]> = fc.array(
  fc.record<RoadFlow>({
    from: fc.oneof(
      { weight: 4, arbitrary: fc.nat({ max: 4 }) },
      { weight: 2, arbitrary: nodeName },
      fc.constant(CLIENT),
    ),
    aim: fc.record<RoadAim>({
      to: fc.constantFrom(
        'pod',
        'cluster-ip',
        'cluster-ip',
        'node-port',
        'vip',
        'external-ip',
        'node',
        'outside',
      ),
      index: fc.nat({ max: 4 }),
      node: nodeName,
    }),
  }),
  { minLength: 6, maxLength: 10 },
);

/** The connections that the world has, with what they are for. */
export function flowsIn(
  world: RoadWorld,
  flows: readonly RoadFlow[],
): readonly { readonly asked: RoadFlow; readonly flow: Flow }[] {
  return flows.flatMap((asked) => {
    const flow = flowIn(world, asked);
    return flow === undefined ? [] : [{ asked, flow }];
  });
}

/** undefined where the world has no such end, or nobody outside could dial it. */
function flowIn({ pods, services }: RoadWorld, { from, aim }: RoadFlow): Flow | undefined {
  const sender = senderOf(pods, from);
  const target = targetOf({ pods, services }, aim);
  const dst = target === undefined ? undefined : parseIp(target.address);
  if (sender === undefined || target === undefined || dst === undefined) return undefined;
  const isInside = aim.to === 'pod' || aim.to === 'cluster-ip' || aim.to === 'outside';
  if (from === CLIENT && isInside) return undefined;
  return { from: sender, protocol: target.protocol, srcPort: 40000, dst, dstPort: target.port };
}

function senderOf(pods: readonly RoadPod[], from: number | string): NamespaceId | undefined {
  if (from === CLIENT) return `external/${CLIENT}`;
  if (typeof from === 'string') return `node/${from}`;
  const index = from % pods.length;
  const sender = pods[index];
  if (sender === undefined) return undefined;
  return sender.hostNetwork ? `node/${sender.node}` : `pod/default/pod-${index}`;
}

interface Aimed {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

function targetOf({ pods, services }: RoadWorld, aim: RoadAim): Aimed | undefined {
  if (aim.to === 'node') return { address: nodeAddress(aim.node), port: 10250, protocol: 'tcp' };
  if (aim.to === 'outside') return { address: '192.0.2.80', port: 443, protocol: 'tcp' };
  if (aim.to === 'pod') {
    const index = aim.index % pods.length;
    const target = pods[index];
    if (target === undefined || target.hostNetwork) return undefined;
    return { address: podAddress(target, index), port: 8080, protocol: 'tcp' };
  }
  const index = aim.index % services.length;
  const target = services[index];
  return target === undefined ? undefined : doorOf(target, index, aim);
}

function doorOf(target: RoadService, index: number, { to, node }: RoadAim): Aimed | undefined {
  const protocol = target.protocol === 'TCP' ? 'tcp' : 'udp';
  const port = 80 + index;
  if (to === 'cluster-ip') return { address: clusterIp(index), port, protocol };
  const [externalIp] = target.externalIPs;
  if (to === 'external-ip')
    return externalIp === undefined ? undefined : { address: externalIp, port, protocol };
  if (target.type === 'ClusterIP') return undefined;
  if (to === 'node-port') return { address: nodeAddress(node), port: nodePort(index), protocol };
  return target.type === 'LoadBalancer' ? { address: vip(index), port, protocol } : undefined;
}
