/** Look-ups from a pod: docs/semantics/dns.md; the questions of each library as bminor/glibc and bminor/musl ask them. */

import { describe, expect, test } from 'vitest';
import { type DnsLookupAnswer, dnsLookupQuestion, loadSnapshot, UsageError } from '../../src/index.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isAnswer, isClosedAnswer } = publishedSchema('dns-lookup');
const snapshot = snapshotOf('dns/names', {});

interface Asked {
  readonly from?: string;
  readonly type?: string;
  readonly resolver?: string;
  readonly set?: readonly string[];
}

function lookup(name: string, { set, ...asked }: Asked = {}): DnsLookupAnswer {
  const from = set === undefined ? snapshot : snapshotOf('dns/names', { set });
  const found = dnsLookupQuestion(from, { name, from: 'shop/client', ...asked });
  const read: unknown = JSON.parse(JSON.stringify(found));
  expect(problems(isAnswer, read)).toEqual([]);
  expect(problems(isClosedAnswer, read)).toEqual([]);
  return found;
}

const names = ({ queries }: DnsLookupAnswer) => [...new Set(queries.map(({ name }) => name))];

test('my-service of the same namespace: one step, two questions, none wasted', () => {
  const found = lookup('my-service');
  expect(found.queries.map(({ name, type, server, rcode }) => [name, type, server, rcode])).toEqual([
    ['my-service.shop.svc.cluster.local.', 'A', '10.96.0.10', 'NOERROR'],
    ['my-service.shop.svc.cluster.local.', 'AAAA', '10.96.0.10', 'NOERROR'],
  ]);
  expect(found.result).toEqual({
    status: 'resolved',
    rcode: 'NOERROR',
    addresses: ['10.96.0.20'],
    canonicalName: 'my-service.shop.svc.cluster.local.',
  });
  expect(found.wasted).toBe(0);
  expect(found.queries[0]?.because).toMatchObject({ line: 5, object: 'service/shop/my-service' });
});

// dns.md 8.1: what a name costs with ndots 5.
test.each([
  ['my-service.billing', 4, 2],
  ['my-service.billing.svc', 6, 4],
  ['my-service.billing.svc.cluster.local', 8, 6],
  ['my-service.billing.svc.cluster.local.', 2, 0],
])('%s: %d questions, %d wasted', (name, questions, wasted) => {
  const found = lookup(name);
  expect([found.queries.length, found.wasted]).toEqual([questions, wasted]);
  expect(found.result.addresses).toEqual(['10.96.0.21']);
});

test('the same short name is another Service in another namespace', () => {
  const { queries } = dnsLookupQuestion(snapshotOf('dns/names', { set: ['namespace=billing'] }), {
    name: 'my-service',
  });
  expect(queries[0]?.answers[0]?.data).toBe('10.96.0.21');
});

describe('a miss says what is near', () => {
  test.each([
    ['my-servise', 'no-such-service', 'no Service my-servise in shop', ['did you mean my-service?']],
    [
      'ledger',
      'no-such-service',
      'no Service ledger in shop',
      ['Service ledger is in namespace billing: use ledger.billing'],
    ],
    [
      'ledger.biling',
      'no-such-namespace',
      'no namespace biling',
      ['Service ledger is in namespace billing: use ledger.billing'],
    ],
    ['empty', 'headless-no-ready-pod', 'headless Service shop/empty has no ready pod', []],
    [
      'db-0.db',
      'name-not-found',
      /^Service shop\/db has no ready endpoint named db-0: it has /,
      [/pod shop\/db-0 has subdomain database: it must be db/],
    ],
    [
      'literal',
      'name-not-found',
      'externalName 198.51.100.7 is an address: CoreDNS serves names only',
      [/EndpointSlice/],
    ],
    ['self', 'name-not-found', /leads back to itself/, [/has an address/]],
    ['port', 'name-not-found', /takes neither port nor scheme/, [/^write externalName: /]],
    [
      'gone',
      'name-not-found',
      /is another name for api\.example\.com\., which is outside the cluster/,
      [/dns\.upstream/],
    ],
    [
      'www.example.com',
      'name-not-found',
      'www.example.com is outside the cluster, where names are taken not to exist',
      [/dns\.upstream/],
    ],
    [
      `${'x'.repeat(64)}.shop`,
      'name-not-found',
      /a label has 63 characters at most, .* has 64/,
      [/63 characters/],
    ],
    [
      `${'x'.repeat(60)}.`.repeat(5),
      'name-not-found',
      /the name has 305 characters, 253 are the limit/,
      [/a shorter name/],
    ],
    ['a..b', 'name-not-found', /has an empty label/, ['did you mean a.b?']],
  ] as const)('%s', (name, code, text, help) => {
    const { diagnostics, result } = lookup(name);
    const [first] = diagnostics;
    expect(result.status).not.toBe('resolved');
    expect(first?.code).toBe(code);
    expect(first?.text).toMatch(text);
    const texts = (first?.help ?? []).map((each) => each.text);
    expect(texts.length).toBe(help.length);
    for (const [index, expected] of help.entries()) expect(texts[index]).toMatch(expected);
  });
});

// kubernetes/endpointslice:utils.go: a pod has a name below the headless Service that its subdomain names, and no other.
describe('a miss of a pod’s name says which name it has', () => {
  const set = (name: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${name}, namespace: shop}
spec:
  serviceName: ${name}
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: i}]}}
---
`;
  const pod = (name: string, namespace: string, spec = '') => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${spec}containers: [{name: c, image: i}]}
---
`;
  const text = `${set('db')}${set('web')}${pod('c', 'other')}${pod('s', 'shop')}${pod('d', 'shop', 'dnsPolicy: Default, ')}apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
`;
  const snapshot = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });

  test.each([
    [
      'db-0.db',
      'other/c',
      'no Service db in other',
      'db-0 is of Service shop/db: ask for db-0.db.shop.svc.cluster.local',
    ],
    ['db-0', 'shop/s', 'db-0 is pod shop/db-0, and no Service', 'ask for db-0.db.shop.svc.cluster.local'],
    [
      'db-0.shop',
      'other/c',
      'db-0 is pod shop/db-0, and no Service',
      'ask for db-0.db.shop.svc.cluster.local',
    ],
    [
      'd',
      'shop/s',
      'd is pod shop/d, and no Service: it has no name of its own',
      'ask for a Service that selects it; spec.hostname and spec.subdomain, of a headless Service, give it a name',
    ],
    [
      'web-0.web',
      'shop/s',
      'no Service web in shop: it would give pod shop/web-0 its name',
      'add a Service web with clusterIP: None that selects the pod: it is then web-0.web.shop.svc.cluster.local',
    ],
    ['db-0.dbs', 'shop/s', 'no Service dbs in shop', 'did you mean db-0.db?'],
    [
      'db-5.db',
      'shop/s',
      'Service shop/db has no ready endpoint named db-5: it has db-0, db-1',
      'did you mean db-0.db?',
    ],
    [
      'db-0.db',
      'shop/d',
      "shop/d asks its node's resolver, which does not know db-0.db (dnsPolicy Default)",
      'set dnsPolicy: ClusterFirst: names of the cluster are known to its own DNS alone',
    ],
  ])('%s from %s', (name, from, said, help) => {
    const found = dnsLookupQuestion(snapshot, { name, from });
    const first = found.diagnostics.find(({ severity }) => severity === 'error');
    expect(first?.text).toBe(said);
    expect(first?.help?.map((each) => each.text)).toEqual([help]);
  });

  test('the line is that of the StatefulSet’s serviceName', () => {
    const found = dnsLookupQuestion(snapshot, { name: 'web-1.web', from: 'shop/s' });
    expect(found.diagnostics[0]?.sources?.[0]).toMatchObject({ line: 14, path: 'spec.serviceName' });
  });
});

test('a lone alias ends the search of glibc and musl, not that of Go', () => {
  expect(names(lookup('gone'))).toEqual(['gone.shop.svc.cluster.local.']);
  expect(names(lookup('gone', { resolver: 'musl' })).length).toBe(1);
  expect(names(lookup('gone', { resolver: 'go' })).length).toBe(4);
});

test('a namespace named like a top-level domain takes names of the Internet', () => {
  const found = lookup('google.com');
  expect(found.result.addresses).toEqual(['10.96.0.80']);
  expect(found.diagnostics.map(({ code }) => code)).toEqual(['search-list-captures']);
  expect(lookup('google.com.').result.status).toBe('not-found');
});

test('what the profile says of names outside', () => {
  const set = ['dns.upstream={api.example.com.: [{type: A, ttl: 60, data: 203.0.113.5}]}'];
  const found = lookup('gone', { set });
  expect(found.result).toMatchObject({ addresses: ['203.0.113.5'], canonicalName: 'api.example.com.' });
  expect(found.queries[0]?.answers.map(({ type, ttl }) => `${type} ${ttl}`)).toEqual(['CNAME 30', 'A 60']);
  expect(lookup('api.example.com', { from: 'shop/on-host', set }).result.addresses).toEqual(['203.0.113.5']);
});

test('hostNetwork asks the node, /etc/hosts answers without a question', () => {
  const missed = lookup('my-service.shop', { from: 'shop/on-host' });
  expect(missed.diagnostics[0]?.help?.[0]?.text).toBe('set dnsPolicy: ClusterFirstWithHostNet');
  expect(missed.assumptions.map(({ code }) => code)).toContain('A_NODE_FILES');
  const found = lookup('wiki.corp', { from: 'shop/on-host' });
  expect([found.hosts?.ip, found.queries]).toEqual(['192.0.2.9', []]);
  expect(
    lookup('my-service', { from: `node/${snapshot.cluster.nodes[0]?.name}` }).question.from,
  ).toMatchObject({ kind: 'node' });
});

test('raw questions', () => {
  const raw = lookup('_http._tcp.my-service.shop.svc.cluster.local.', { resolver: 'dig', type: 'srv' });
  expect(raw.queries.length).toBe(1);
  expect(raw.queries[0]).toMatchObject({
    type: 'SRV',
    answers: [{ data: '0 100 80 my-service.shop.svc.cluster.local.' }],
    additional: [{ name: 'my-service.shop.svc.cluster.local.', type: 'A', data: '10.96.0.20' }],
  });
  expect(lookup('10.96.0.20', { type: 'PTR', resolver: 'dig' }).queries[0]?.answers[0]?.data).toBe(
    'my-service.shop.svc.cluster.local.',
  );
  expect(lookup('cluster.local.', { resolver: 'dig', type: 'SOA' }).queries[0]?.answers.length).toBe(1);
});

test('a reverse name rests on the address that it is made of: invented ones are assumed', () => {
  const text = `
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {ports: [{port: 80}]}
`;
  const bare = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
  const [ip] = dnsLookupQuestion(bare, { name: 'api.shop.svc.cluster.local.' }).result.addresses;
  const codes = (name = '') =>
    dnsLookupQuestion(bare, { name, type: 'PTR' }).assumptions.map(({ code }) => code);
  expect(codes(ip)).toContain('A_CLUSTER_IP');
  expect(lookup('10.96.0.20', { type: 'PTR' }).assumptions).toEqual([]);
});

test('the name of a load balancer without an address: the one behind it is invented', () => {
  const text = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{hostname: web.elb.example}]}}
`;
  const cloud = loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags: { set: [] } } });
  const { result, assumptions } = dnsLookupQuestion(cloud, { name: 'web.elb.example.' });
  expect(assumptions).toContainEqual(
    expect.objectContaining({ code: 'A_LB_ADDRESS', values: result.addresses }),
  );
});

test('other libraries are named where they come to another result', () => {
  const ndots1 = ['dns.nodeResolvConf=options ndots:1'];
  expect(lookup('my-service').others).toEqual([]);
  expect(lookup('gone', { set: ndots1 }).others).toEqual([]);
});

test('letters outside ASCII are asked as xn--', () => {
  const found = lookup('bücher.example');
  expect(names(found).at(-1)).toBe('xn--bcher-kva.example.');
  expect(found.diagnostics.map(({ code }) => code)).toContain('name-in-ascii');
});

test.each(['', 'a b', 'http://api/', 'svc/api'])('%j is no name', (name) => {
  expect(() => lookup(name)).toThrow(UsageError);
});

test.each([{ resolver: 'bind' }, { from: 'shop/nobody' }])('%j is a usage error', (asked) => {
  expect(() => lookup('my-service', asked)).toThrow(UsageError);
});
