/** The files and names of a pod: docs/semantics/pod-view.md, rules V1 to V12. */

import { expect, test } from 'vitest';
import { type DnsConfigAnswer, dnsConfigQuestion } from '../../src/index.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isAnswer, isClosedAnswer } = publishedSchema('dns-config');

function answer(pod: string, set: readonly string[] = []): DnsConfigAnswer {
  const found = dnsConfigQuestion(snapshotOf('dns/pod-files', { set }), pod);
  const read: unknown = JSON.parse(JSON.stringify(found));
  expect(problems(isAnswer, read)).toEqual([]);
  expect(problems(isClosedAnswer, read)).toEqual([]);
  return found;
}

const codes = ({ diagnostics }: DnsConfigAnswer) => diagnostics.map(({ code }) => code);
const from = (lines: readonly { readonly from: string }[]) => lines.map((line) => line.from);

test('a plain pod asks the cluster DNS', () => {
  const found = answer('shop/plain');
  expect(found.resolvConf.text).toBe(
    'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
  expect(from(found.resolvConf.lines)).toEqual([
    'cluster-domain',
    'cluster-domain',
    'cluster-domain',
    'cluster-dns',
    'kubelet',
  ]);
  expect(found.names).toEqual({ hostname: 'plain', fqdn: 'plain' });
  expect(found.hosts.lines.at(-1)).toMatchObject({ names: ['plain'], from: 'pod' });
  expect(codes(found)).toEqual([]);
  expect(found.assumptions.map(({ code }) => code)).toEqual(['A_NODE_FILES', 'A_POD_IP']);
});

test('the search list of the node comes behind', () => {
  const found = answer('shop/plain', ['dns.nodeResolvConf=search corp.internal']);
  expect(found.resolvConf.searches.at(-1)).toBe('corp.internal');
  expect(found.resolvConf.lines.find(({ value }) => value === 'corp.internal')?.from).toBe('node');
  expect(found.assumptions.map(({ code }) => code)).toEqual(['A_POD_IP']);
});

test('hostNetwork: the node’s files and name', () => {
  const found = answer('shop/on-host');
  expect(found).toMatchObject({
    resolvConf: { base: 'node', nameservers: ['192.0.2.53'], searches: [], options: [] },
    names: { hostname: 'node-a', fqdn: 'node-a' },
  });
  expect(found.hosts.text).toMatch(
    /^# Kubernetes-managed hosts file \(host network\)\.\n127\.0\.0\.1\tlocalhost\n/,
  );
  expect(codes(found)).toEqual(['dns-policy-falls-back']);
  expect(found.diagnostics[0]?.sources?.[0]).toMatchObject({ line: 12, path: 'spec.hostNetwork' });
});

test('dnsConfig, hostAliases, hostname, subdomain and a mounted hosts file', () => {
  const found = answer('shop/named');
  expect(found.resolvConf).toMatchObject({
    nameservers: ['10.96.0.10', '9.9.9.9'],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.internal'],
    options: ['ndots:2', 'edns0'],
  });
  const [domain, server, ndots, edns] = found.resolvConf.lines.filter((line) => line.from === 'dns-config');
  expect(domain).toMatchObject({ value: 'corp.internal', at: { line: 28 } });
  expect(server).toMatchObject({ value: '9.9.9.9', at: { line: 27 } });
  expect([ndots?.value, edns?.value]).toEqual(['ndots:2', 'edns0']);
  expect(found.hosts.lines.slice(-2)).toMatchObject([
    { names: ['front.web.shop.svc.cluster.local', 'front'], from: 'pod' },
    { ip: '192.0.2.7', names: ['legacy.corp.internal', 'legacy'], from: 'host-aliases', at: { line: 24 } },
  ]);
  const name = 'front.web.shop.svc.cluster.local';
  expect(found.names).toEqual({ hostname: name, fqdn: name, dnsName: name });
  expect(codes(found)).toEqual(['hosts-file-mounted']);
});

test('a subdomain without its Service gives no name in the cluster DNS', () => {
  const found = answer('shop/no-service');
  expect(found.names).toEqual({ hostname: 'front', fqdn: 'front.nobody.shop.svc.cluster.local' });
  expect(found.diagnostics).toMatchObject([
    {
      code: 'no-dns-name',
      text: 'the cluster DNS has no name for this pod: there is no Service shop/nobody',
      sources: [{ line: 41 }],
    },
  ]);
});

test('a host name that is too long keeps the pod from starting', () => {
  const found = answer('shop/too-long');
  expect(found.names).toBeUndefined();
  expect(found.diagnostics[0]).toMatchObject({ code: 'pod-not-started', severity: 'error' });
});

test('a reference that is no pod is refused', () => {
  expect(() => answer('svc/web')).toThrow('is no pod');
  expect(() => answer('shop/plane')).toThrow('no pod or workload plane');
});
