/** What is invented is the same whatever the order of the input, and never collides. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrContains } from '../../src/net/cidr.ts';
import { printSocketAddress } from '../../src/net/ip.ts';
import { cidr, type World, worldOf } from '../cluster/world.ts';

const name = fc.constantFrom('a', 'b', 'c', 'web', 'api', 'db', 'cache', 'x-1', 'x-2');
const namespace = fc.constantFrom('shop', 'infra');
const app = fc.constantFrom('a', 'b', 'c');
const metadata = fc.record({ name, namespace });

const workload = fc
  .record({
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
    metadata,
    app,
    replicas: fc.nat({ max: 4 }),
    hostNetwork: fc.boolean(),
  })
  .map((draft) => ({
    apiVersion: 'apps/v1',
    kind: draft.kind,
    metadata: draft.metadata,
    spec: {
      ...(draft.kind === 'DaemonSet' ? {} : { replicas: draft.replicas }),
      selector: { matchLabels: { app: draft.app } },
      template: {
        metadata: { labels: { app: draft.app } },
        spec: { hostNetwork: draft.hostNetwork, containers: [{ name: 'c', image: 'i' }] },
      },
    },
  }));
const livePod = fc
  .record({ metadata, app, host: fc.nat({ max: 3 }), node: fc.constantFrom('w1', 'w2', undefined) })
  .map((draft) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...draft.metadata, labels: { app: draft.app } },
    spec: { nodeName: draft.node, containers: [{ name: 'c', image: 'i' }] },
    status:
      draft.host === 0
        ? {}
        : { podIP: `10.244.${draft.host}.${draft.metadata.name.length + 10 * draft.host}` },
  }));
const service = fc.record({ metadata, app, type: fc.constantFrom('ClusterIP', 'NodePort') }).map((draft) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: draft.metadata,
  spec: { type: draft.type, selector: { app: draft.app }, ports: [{ port: 80 }] },
}));
const identity = ({ kind, metadata: own }: { kind: string; metadata: { name: string; namespace: string } }) =>
  `${kind} ${own.namespace}/${own.name}`;
const objects = fc.uniqueArray(fc.oneof(workload, livePod, service), { selector: identity, maxLength: 12 });
const shuffled = objects.chain((items) =>
  fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
);

function build(items: readonly unknown[]): World {
  return worldOf(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** Everything that is decided about a cluster, as text. */
function decisions({ cluster, control }: World): unknown {
  return {
    nodes: cluster.nodes.map((node) => [node.name, node.addresses, node.podCidrs]),
    pods: cluster.pods.map(({ key, node, ips }) => [key, node, ips.map(({ text }) => text)]),
    services: cluster.services.map(({ key, clusterIps, nodePorts }) => [
      key,
      clusterIps.map(({ text }) => text),
      nodePorts,
    ]),
    endpoints: control.servicePorts.map(({ key, endpoints }) => [
      key,
      endpoints.map(({ ip, port }) => printSocketAddress(ip, port)),
    ]),
  };
}

test('the order of the input changes nothing', () => {
  fc.assert(
    fc.property(shuffled, ([items, others]) => {
      expect(decisions(build(others))).toEqual(decisions(build(items)));
    }),
  );
});

test('every invented address is in the range of its node, and of one pod alone', () => {
  fc.assert(
    fc.property(objects, (items) => {
      const { pods, nodeByName } = build(items).cluster;
      const known = new Set(pods.filter(({ assumed }) => !assumed.ips).flatMap(({ ips }) => ips));
      const invented = pods.filter(({ assumed, hostNetwork }) => assumed.ips && !hostNetwork);
      for (const { node, ips } of invented) {
        const ranges = nodeByName.get(node ?? '')?.podCidrs ?? [];
        for (const ip of ips) {
          expect(ranges.some((range) => cidrContains(range, ip))).toBe(true);
          expect(known.has(ip)).toBe(false);
        }
      }
      const all = invented.flatMap(({ ips }) => ips);
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

test('no range of a node overlaps with that of another', () => {
  fc.assert(
    fc.property(objects, (items) => {
      const ranges = build(items).cluster.nodes.flatMap(({ podCidrs }) => podCidrs);
      for (const [index, range] of ranges.entries()) {
        for (const other of ranges.slice(index + 1)) {
          expect(cidrContains(range, other.base) || cidrContains(other, range.base)).toBe(false);
        }
      }
    }),
  );
});

test('cluster addresses and node ports are in their ranges, each of one Service', () => {
  const range = cidr('10.96.0.0/12');
  fc.assert(
    fc.property(objects, (items) => {
      const { services } = build(items).cluster;
      const addresses = services.flatMap(({ clusterIps }) => clusterIps);
      const ports = services.flatMap(({ nodePorts }) => nodePorts.filter((port) => port !== undefined));
      expect(addresses.filter((ip) => !cidrContains(range, ip))).toEqual([]);
      expect(ports.filter((port) => port < 30000 || port > 32767)).toEqual([]);
      expect([new Set(addresses).size, new Set(ports).size]).toEqual([addresses.length, ports.length]);
    }),
  );
});

test('every endpoint of a selector is a pod that it selects, at its own address', () => {
  fc.assert(
    fc.property(objects, (items) => {
      const { cluster, control } = build(items);
      for (const { service: owner, endpoints } of control.servicePorts) {
        const { selector } = owner.body;
        if (selector === undefined) continue;
        for (const { pod, ip } of endpoints) {
          const found = pod === undefined ? undefined : cluster.podByKey.get(pod);
          expect(found?.ips).toContain(ip);
          expect([...selector].every(([key, value]) => found?.labels.get(key) === value)).toBe(true);
        }
      }
    }),
  );
});
