/** A cluster of both families: what gets addresses of which, and IPv6 packets on a node and between nodes. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cidrContains } from '../../src/net/cidr.ts';
import { loadSnapshot } from '../../src/query/snapshot.ts';
import { traceQuestion } from '../../src/query/trace.ts';

const file = (name: string) => ({
  name,
  text: readFileSync(new URL(`../../fixtures/cluster/dual-stack/${name}`, import.meta.url), 'utf8'),
});
const snapshot = loadSnapshot({
  files: [file('app.yaml')],
  profile: { file: file('k8snet.yaml'), flags: { set: [] } },
});
const { cluster } = snapshot;
const texts = (items: readonly { readonly text: string }[]) => items.map(({ text }) => text);
const ask = (to: string, family: 4 | 6) =>
  traceQuestion(snapshot, { from: 'pod/client', to, family, dns: false });
type Answer = ReturnType<typeof ask>;
const steps = ({ paths: [path] }: Answer) =>
  path?.legs.flatMap(({ hops }) => hops.flatMap((hop) => hop.steps)) ?? [];

test('nodes and pods have addresses of both families, each in its range', () => {
  expect(texts(cluster.profile.podCidrs)).toEqual(['10.244.0.0/16', 'fd00:10:244::/56']);
  expect(texts(cluster.profile.serviceCidrs)).toEqual(['10.96.0.0/12', 'fd00:10:96::/112']);
  expect(cluster.nodes.map(({ podCidrs }) => texts(podCidrs))).toEqual([
    ['10.244.1.0/24', 'fd00:10:244:1::/64'],
    ['10.244.2.0/24', 'fd00:10:244:2::/64'],
  ]);
  expect(cluster.nodes.map(({ addresses }) => texts(addresses))).toEqual([
    ['10.0.0.11', 'fd00:10::b'],
    ['10.0.0.12', 'fd00:10::c'],
  ]);
  for (const { ips, node } of cluster.pods) {
    expect(ips.map(({ family }) => family)).toEqual([4, 6]);
    const ranges = cluster.nodeByName.get(node ?? '')?.podCidrs ?? [];
    for (const ip of ips) expect(ranges.some((range) => cidrContains(range, ip))).toBe(true);
  }
});

test('Services have the families that they ask for, the first one first', () => {
  const families = cluster.services.map(({ name, ipFamilies, clusterIps }) => [
    name,
    ipFamilies,
    clusterIps.map(({ family }) => family),
  ]);
  expect(families).toEqual([
    ['both', [4, 6], [4, 6]],
    ['kubernetes', [4], [4]],
    ['plain', [4], [4]],
    ['six', [6], [6]],
    ['turned', [6, 4], [6, 4]],
    ['kube-dns', [4], [4]],
  ]);
});

test('one family alone is given: the other one keeps its default range', () => {
  const { profile } = loadSnapshot({
    files: [file('app.yaml')],
    profile: {
      flags: { set: ['ipFamilies=IPv6,IPv4', 'podCIDRs=10.1.0.0/16', 'serviceCIDRs=fd00:9::/112'] },
    },
  }).cluster;
  expect(texts(profile.podCidrs)).toEqual(['10.1.0.0/16', 'fd00:10:244::/56']);
  expect(texts(profile.serviceCidrs)).toEqual(['fd00:9::/112', '10.96.0.0/12']);
  expect(texts(profile.dns.clusterIps)).toEqual(['fd00:9::a']);
});

test('an IPv6 packet on one node crosses the bridge alone', () => {
  const answer = ask('pod/web#2', 6);
  expect(answer.result).toBe('reachable');
  expect(steps(answer).map(({ kind }) => kind)).not.toContain('encapsulate');
});

test('between nodes it goes through the IPv6 tunnel device, node address to node address', () => {
  const answer = ask('pod/web#1', 6);
  expect(answer.result).toBe('reachable');
  const wrapped = steps(answer).find(({ kind }) => kind === 'encapsulate')?.packet?.outer;
  expect(wrapped).toMatchObject({ kind: 'vxlan', src: '[fd00:10::b]:51000', dst: '[fd00:10::c]:8472' });
  const own = steps(ask('pod/web#1', 4)).find(({ kind }) => kind === 'encapsulate')?.packet?.outer;
  expect(own).toMatchObject({ kind: 'vxlan', src: '10.0.0.11:51000', dst: '10.0.0.12:8472' });
});

test.each(['both', 'turned', 'six'])('Service %s is answered by every pod over IPv6', (name) => {
  const { result, paths } = ask(`svc/${name}`, 6);
  expect(result).toBe('reachable');
  expect(paths.flatMap(({ backends }) => backends).sort()).toEqual(['default/web#1', 'default/web#2']);
});
