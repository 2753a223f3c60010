/** What a question may cost, in counts that no machine changes: documents parsed, things of a list visited, rules tried. */

import { setFlagsFromString } from 'node:v8';
import { expect, test } from 'vitest';
import { asJson, asYaml, clusterObjects } from '../bench/generate.ts';
import { namespaceOf, SHAPES, type Shape } from '../bench/shapes.ts';
import { buildControlPlane } from '../src/control/control-plane.ts';
import { clusterDns } from '../src/control/dns/cluster-dns.ts';
import { buildDataplane } from '../src/dataplane/build.ts';
import { changeTransit, newTransit } from '../src/dataplane/transit.ts';
import { dnsLookupQuestion, loadSnapshot, type Snapshot, traceQuestion } from '../src/index.ts';
import { ipFromBits } from '../src/net/ip.ts';
import { changePacket, newPacket } from '../src/net/packet.ts';
import { candidateRules } from '../src/netfilter/chain-index.ts';
import { tableOf } from '../src/netfilter/chains.ts';
import { indexPolicies } from '../src/policy/policy-index.ts';

/** A hundredth of `large`. */
const SHAPE: Shape = {
  ...SHAPES.large,
  nodes: 50,
  namespaces: 10,
  workloads: 150,
  services: 100,
  routes: 10,
  policies: 100,
};

interface Count {
  visited: number;
}

/** The list; each read of an item is counted. */
function counted<Item>(items: readonly Item[], count: Count): readonly Item[] {
  return new Proxy(items, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) count.visited++;
      return Reflect.get(target, key);
    },
  });
}

/** A snapshot whose long lists count their visitors. */
function countedSnapshot(): { readonly snapshot: Snapshot; readonly count: Count } {
  const count: Count = { visited: 0 };
  const files = [{ name: 'all.json', text: asJson(clusterObjects(SHAPE)) }];
  const loaded = loadSnapshot({ files, profile: { flags: { set: [] } } });
  const { pods, services } = loaded.cluster;
  const cluster = { ...loaded.cluster, pods: counted(pods, count), services: counted(services, count) };
  const built = buildControlPlane(cluster, () => {});
  const control = { ...built, servicePorts: counted(built.servicePorts, count) };
  const dns = clusterDns(control, () => {});
  const { profile, objects, diagnostics, foreignPolicies } = loaded;
  const { settings } = loaded.policies;
  const policies = indexPolicies(counted(loaded.policies.policies, count), cluster, settings);
  const dataplane = buildDataplane(cluster, control, { index: () => policies, mode: 'enforced' });
  return {
    snapshot: {
      files,
      profile,
      objects,
      cluster,
      control,
      dns,
      dataplane,
      policies,
      foreignPolicies,
      diagnostics,
    },
    count,
  };
}

function ask(snapshot: Snapshot, index: number) {
  const from = `${namespaceOf(SHAPE, index)}/deploy/app-${index}`;
  return traceQuestion(snapshot, { from, to: `svc/app-${index}`, dns: true, policies: 'ignored' });
}

test('a warm trace scans neither pods nor Services, from whichever node, to whichever Service', () => {
  const { snapshot, count } = countedSnapshot();
  expect(ask(snapshot, 1).result).toBe('reachable');
  expect(count.visited).toBeGreaterThan(snapshot.cluster.pods.length);
  count.visited = 0;
  const results = [1, 2, 3, 14, 25, 36].map((index) => ask(snapshot, index).paths.length);
  expect(results.every((paths) => paths > 0)).toBe(true);
  expect(count.visited).toBe(0);
});

test('a warm trace to a pod or to an outside address scans no Services either', () => {
  const { snapshot, count } = countedSnapshot();
  const from = `${namespaceOf(SHAPE, 1)}/deploy/app-1`;
  const asked = (to: string) => traceQuestion(snapshot, { from, to, dns: false, policies: 'ignored' }).paths;
  const address = asked(`${namespaceOf(SHAPE, 2)}/deploy/app-2:8080`)[0]?.legs[0]?.hops.at(-1)?.place.address;
  asked('8.8.8.8:53');
  count.visited = 0;
  expect(asked(`${address}:8080`).length).toBe(1);
  expect(asked('8.8.8.8:53').length).toBe(1);
  expect(count.visited).toBe(0);
});

test('a warm trace that policies deny, with the edits that are tried, scans neither pods, Services nor policies', () => {
  const { snapshot, count } = countedSnapshot();
  const edits = (index: number): number => {
    const from = `${namespaceOf(SHAPE, index)}/deploy/app-${index}`;
    const { paths, diagnostics } = traceQuestion(snapshot, { from, to: `svc/app-${index}`, dns: true });
    expect(paths[0]?.disposition).toBe('denied-ingress');
    return diagnostics.flatMap(({ help }) => help ?? []).filter(({ opens }) => opens?.length === 1).length;
  };
  expect(edits(11)).toBe(1);
  expect(count.visited).toBeGreaterThan(0);
  count.visited = 0;
  expect([12, 23].map(edits)).toEqual([1, 1]);
  expect(count.visited).toBe(0);
});

test('questions that ignore policies share one dataplane, so that no node is wired twice', () => {
  const { snapshot } = countedSnapshot();
  let made = 0;
  const { dataplane } = snapshot;
  const enforcing: typeof dataplane.enforcing = (enforcement) => {
    made++;
    return dataplane.enforcing(enforcement);
  };
  const watched = { ...snapshot, dataplane: { ...dataplane, enforcing } };
  for (const index of [1, 2, 3]) ask(watched, index);
  expect(made).toBe(1);
});

test('steps are put into words when somebody reads them, and once', () => {
  const { snapshot } = countedSnapshot();
  const { paths } = ask(snapshot, 1);
  const legs = paths.flatMap((path) => path.legs);
  expect(legs.length).toBeGreaterThan(2);
  for (const leg of legs) {
    for (const way of [leg, leg.reply]) {
      if (way === undefined) continue;
      const hops = Object.getOwnPropertyDescriptor(way, 'hops');
      expect([hops?.enumerable, typeof hops?.get]).toEqual([true, 'function']);
      expect(way.hops).toBe(way.hops);
    }
  }
  expect(Object.keys(JSON.parse(JSON.stringify(legs[0])))).toEqual(['purpose', 'hops', 'reply']);
});

test('a copy of a copy of a packet, however long the chain, has the hidden class of the first', () => {
  setFlagsFromString('--allow-natives-syntax');
  const hasOneClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (
    a: object,
    b: object,
  ) => boolean;
  const [src, dst] = [ipFromBits(0x0a000001), ipFromBits(0x0a000002)];
  const first = newPacket({ protocol: 'tcp', src, srcPort: 40000, dst, dstPort: 80 });
  let packet = first;
  for (let ttl = 1; ttl < 1000; ttl++)
    packet = changePacket(packet, ttl % 2 === 0 ? { ttl } : { src, mark: ttl });
  expect(hasOneClass(first, packet)).toBe(true);
  const start = newTransit(first, []);
  let transit = start;
  for (let mark = 1; mark < 1000; mark++) transit = changeTransit(transit, { packet, scheduled: undefined });
  expect(hasOneClass(start, transit)).toBe(true);
});

test('of thousands of rules, few are tried for a packet', () => {
  const { snapshot } = countedSnapshot();
  const { cluster, control, dataplane } = snapshot;
  const [node] = cluster.nodes;
  const port = control.servicePorts.find(({ key }) => key === 'team-1/app-1:http');
  const [dst] = port?.clusterIps ?? [];
  if (node === undefined || dst === undefined) throw new Error('the shape has changed');
  const services = tableOf(dataplane.rulesetOf(node, 4), 'nat')?.chains.get('KUBE-SERVICES');
  if (services === undefined) throw new Error('no KUBE-SERVICES');
  const src = ipFromBits(0x0a000001);
  const packet = newPacket({ protocol: 'tcp', src, srcPort: 40000, dst, dstPort: 80 });
  expect(services.rules.length).toBeGreaterThan(80);
  // Its own, and the last one of the chain, for node ports.
  expect(candidateRules(services.rules, packet)).toHaveLength(2);
});

test('nodes that are alike share their rules', () => {
  const { cluster, dataplane } = countedSnapshot().snapshot;
  const rules = cluster.nodes.map(
    (node) => tableOf(dataplane.rulesetOf(node, 4), 'nat')?.chains.get('KUBE-SERVICES')?.rules,
  );
  expect(new Set(rules).size).toBe(1);
});

test('kinds that no question needs are not parsed', () => {
  // Parsing would report it.
  const broken = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {\n';
  const secret = 'apiVersion: v1\nkind: Secret\ndata: {\n';
  const text = [asYaml(clusterObjects(SHAPES.shop)), broken, secret].join('---\n');
  const snapshot = loadSnapshot({ files: [{ name: 'all.yaml', text }], profile: { flags: { set: [] } } });
  const { result } = traceQuestion(snapshot, {
    from: 'team-0/deploy/app-0',
    to: 'svc/app-1',
    dns: true,
    policies: 'ignored',
  });
  expect(result).toBe('reachable');
  expect(snapshot.diagnostics).toEqual([]);
});

test('a look-up visits as many things in a cluster of ten times the size', () => {
  const { snapshot, count } = countedSnapshot();
  const lookUp = (index: number) =>
    dnsLookupQuestion(snapshot, {
      name: `app-${index}`,
      from: `${namespaceOf(SHAPE, index)}/deploy/app-${index}`,
    });
  expect(lookUp(1).result.status).toBe('resolved');
  lookUp(2);
  count.visited = 0;
  expect(lookUp(3).result.status).toBe('resolved');
  // By indexes: neither pods nor Services are walked through for a name, known or not.
  expect(count.visited).toBeLessThan(20);
  count.visited = 0;
  snapshot.dns.ask({ name: 'nobody.ns-1.svc.cluster.local.', type: 'A' });
  expect(count.visited).toBeLessThan(5);
});
