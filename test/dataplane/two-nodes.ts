/** The cluster in which datapaths are measured: two nodes, three pods, a Service with a node port, a host port. */

import {
  loadSnapshot,
  type SnapshotInput,
  type TraceAnswer,
  type TraceQuestion,
  traceQuestion,
} from '../../src/index.ts';

export interface World {
  /** Lines of the profile's `cni`. */
  readonly cni: string;
  /** The Service's only endpoint; undefined: there is no Service. */
  readonly backend?: 'a1' | 'a2' | 'b1';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly proxy?: string;
  /** Further lines of the profile. */
  readonly profile?: string;
  /** Address of node-b; default: on node-a's link. */
  readonly nodeB?: string;
}

const PODS = {
  a1: ['10.244.1.5', 'node-a'],
  a2: ['10.244.1.6', 'node-a'],
  b1: ['10.244.2.7', 'node-b'],
} as const;

/** Asks one question of the world. */
export function askWorld(world: World, question: Pick<TraceQuestion, 'from' | 'to'>): TraceAnswer {
  return traceQuestion(worldSnapshot(world), { ...question, dns: false });
}

export function worldSnapshot(world: World) {
  return loadSnapshot(worldInput(world));
}

export function worldInput(world: World): SnapshotInput {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(world) });
  const profile = [
    'apiVersion: k8snet.dev/v1',
    'kind: Profile',
    'input: stored',
    'podCIDRs: [10.244.0.0/16]',
    `cni: ${world.cni}`,
    world.proxy ?? 'proxy: {mode: iptables, detectLocal: ClusterCIDR, clusterCIDR: [10.244.0.0/16]}',
    'nodes:',
    '- {name: node-a, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24]}',
    `- {name: node-b, addresses: [${world.nodeB ?? '10.0.0.12'}], podCIDRs: [10.244.2.0/24]}`,
    ...(world.profile === undefined ? [] : [world.profile]),
  ].join('\n');
  return {
    files: [{ name: 'world.json', text }],
    profile: { file: { name: 'k8snet.yaml', text: profile }, flags: { set: [] } },
  };
}

function objects({ backend, externalTrafficPolicy = 'Cluster' }: World): readonly unknown[] {
  const pods = Object.entries(PODS).map(([name, [ip, nodeName]]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      nodeName,
      containers: [
        { name: 'main', ports: [{ containerPort: 8080, ...(name === 'a2' ? { hostPort: 8443 } : {}) }] },
      ],
    },
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));
  if (backend === undefined) return pods;
  const [ip, nodeName] = PODS[backend];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'default' },
    spec: {
      type: 'NodePort',
      clusterIP: '10.96.0.50',
      clusterIPs: ['10.96.0.50'],
      ports: [{ protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30080 }],
      externalTrafficPolicy,
      internalTrafficPolicy: 'Cluster',
    },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'api-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'api' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true }, nodeName }],
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
  };
  return [...pods, service, slice];
}

/** `node-a eth0 out 10.0.0.11:40000 > …`, each device of the first path's request, or of its answer. */
export function devicesOf(answer: TraceAnswer, way: 'request' | 'reply' = 'request'): readonly string[] {
  const leg = answer.paths[0]?.legs.find(({ purpose }) => purpose === 'request');
  const hops = (way === 'request' ? leg?.hops : leg?.reply?.hops) ?? [];
  return hops.flatMap(({ place, steps }) =>
    steps
      .filter(({ kind }) => kind === 'receive' || kind === 'transmit')
      .map(({ where, packet }) => {
        const device = where?.in === undefined ? `${where?.out} out` : `${where.in} in`;
        const outer =
          packet?.outer === undefined
            ? ''
            : ` in ${packet.outer.kind} ${packet.outer.src} > ${packet.outer.dst}`;
        return `${place.name} ${device} ${packet?.src} > ${packet?.dst} ttl ${packet?.ttl}${outer}`;
      }),
  );
}
