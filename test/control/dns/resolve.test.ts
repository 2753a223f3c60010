import { expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/cluster.ts';
import { resolveName } from '../../../src/control/dns/resolve.ts';
import { podResolver } from '../../../src/control/dns/resolver.ts';
import type { IpFamily } from '../../../src/net/ip.ts';
import { pod, worldOfFixture } from '../../cluster/world.ts';

const world = worldOfFixture('control/dns.yaml');
const resolverOf = (from: Pod) => {
  const resolver = podResolver(from, world.cluster);
  const [server] = resolver.servers;
  if (server === undefined) throw new Error('no name server');
  return { resolver, server };
};
const lookup = (name: string, family: IpFamily = 4) =>
  resolveName(world.dns, resolverOf(pod(world, 'shop/db-0')), name, family);
const asked = (name: string, family: IpFamily = 4) =>
  lookup(name, family).asked.map(
    ({ name: question, search, answer }) => `${question} ${search ?? '-'} ${answer.rcode}`,
  );

test('a short name is found by the first entry of the search list', () => {
  const found = lookup('web');
  expect(found).toMatchObject({
    name: 'web',
    canonicalName: 'web.shop.svc.cluster.local.',
    found: { name: 'web.shop.svc.cluster.local.', search: 1, answer: { service: { key: 'shop/web' } } },
  });
  expect(found.addresses.map(({ text }) => text)).toEqual(['10.96.0.20']);
  expect(found.asked.length).toBe(1);
});

test('name.namespace is found by the second', () => {
  expect(asked('web.shop')).toEqual([
    'web.shop.shop.svc.cluster.local. 1 NXDOMAIN',
    'web.shop.svc.cluster.local. 2 NOERROR',
  ]);
});

test('the whole name has four dots, so it goes through the list first', () => {
  // The classic waste of ndots:5.
  expect(asked('web.shop.svc.cluster.local')).toEqual([
    'web.shop.svc.cluster.local.shop.svc.cluster.local. 1 NXDOMAIN',
    'web.shop.svc.cluster.local.svc.cluster.local. 2 NXDOMAIN',
    'web.shop.svc.cluster.local.cluster.local. 3 NXDOMAIN',
    'web.shop.svc.cluster.local. - NOERROR',
  ]);
  expect(asked('web.shop.svc.cluster.local.')).toEqual(['web.shop.svc.cluster.local. - NOERROR']);
});

test('an alias is followed to the name that owns the addresses', () => {
  expect(lookup('alias-of-alias').canonicalName).toBe('web.shop.svc.cluster.local.');
});

test('a name that nobody has is asked everywhere, last of all upstream', () => {
  const found = lookup('apii');
  expect(asked('apii')).toEqual([
    'apii.shop.svc.cluster.local. 1 NXDOMAIN',
    'apii.svc.cluster.local. 2 NXDOMAIN',
    'apii.cluster.local. 3 NXDOMAIN',
    'apii. - NXDOMAIN',
  ]);
  expect(found.found).toBeUndefined();
  expect(found).toMatchObject({ addresses: [], reason: 'no-such-service' });
  expect(found.asked.at(-1)?.answer.outside).toBe(true);
});

test.each([
  ['apii.shop', 'no-such-service'],
  ['web.nowhere', 'no-such-namespace'],
  ['apii.shop.svc.cluster.local', 'no-such-service'],
  ['empty', 'headless-no-ready-pod'],
  ['www.example.com', undefined],
])('%s is not found: %s', (name, reason) => {
  expect(lookup(name)).toMatchObject({ addresses: [] });
  expect(lookup(name).reason).toBe(reason);
});

test('NODATA goes on with the list, a CNAME that leads nowhere ends it', () => {
  expect(asked('web', 6).length).toBe(4);
  expect(asked('outside')).toEqual(['outside.shop.svc.cluster.local. 1 NOERROR']);
  expect(lookup('outside').found).toBeUndefined();
});

test('a pod with its node’s resolver finds no name of the cluster', () => {
  const host = { ...pod(world, 'shop/db-0'), hostNetwork: true };
  const found = resolveName(world.dns, resolverOf(host), 'web.shop.svc.cluster.local', 4);
  expect(found).toMatchObject({ addresses: [], server: { kind: 'node' } });
  expect(found.asked.map(({ name, answer }) => [name, answer.outside])).toEqual([
    ['web.shop.svc.cluster.local.', true],
  ]);
});
