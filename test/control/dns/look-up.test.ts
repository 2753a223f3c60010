/** The search of the GNU C library against the cluster DNS: bminor/glibc:resolv/res_query.c __res_context_search. */

import { expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/cluster.ts';
import { askNameServer } from '../../../src/control/dns/ask-name-server.ts';
import { podFiles } from '../../../src/control/dns/pod-files.ts';
import { glibc } from '../../../src/control/dns/resolver/glibc.ts';
import { lookUpName } from '../../../src/control/dns/resolver/look-up.ts';
import type { IpFamily } from '../../../src/net/ip.ts';
import { pod, worldOfFixture } from '../../cluster/world.ts';

const world = worldOfFixture('control/dns.yaml');
const client = pod(world, 'shop/db-0');

function lookup(name: string, family?: IpFamily, from: Pod = client) {
  const { resolvConf } = podFiles(world.cluster, from);
  const question = { name, ...(family === undefined ? {} : { family }) };
  return lookUpName(glibc, { resolvConf, hosts: [] }, question, (server, asked) =>
    askNameServer(world.dns, server, asked),
  );
}

const asked = (name: string, family: IpFamily = 4) =>
  lookup(name, family).steps.map(
    ({ name: question, search, replies }) => `${question} ${search ?? '-'} ${replies[0]?.reply?.rcode}`,
  );

test('a short name is found by the first entry of the search list, both families at once', () => {
  const found = lookup('web');
  expect(found).toMatchObject({
    status: 'resolved',
    canonicalName: 'web.shop.svc.cluster.local.',
    steps: [{ name: 'web.shop.svc.cluster.local.', search: 1, replies: [{ type: 'A' }, { type: 'AAAA' }] }],
  });
  expect(found.addresses.map(({ text }) => text)).toEqual(['10.96.0.20']);
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
  expect(asked('apii')).toEqual([
    'apii.shop.svc.cluster.local. 1 NXDOMAIN',
    'apii.svc.cluster.local. 2 NXDOMAIN',
    'apii.cluster.local. 3 NXDOMAIN',
    'apii. - NXDOMAIN',
  ]);
  const found = lookup('apii');
  expect(found).toMatchObject({ addresses: [], status: 'not-found' });
  expect(found.steps[0]?.replies[0]?.reply?.reason).toBe('no-such-service');
  expect(found.steps.at(-1)?.replies[0]?.reply?.outside).toBe(true);
});

test('NODATA goes on with the list, a CNAME that leads nowhere ends it', () => {
  expect(asked('web', 6).length).toBe(4);
  expect(asked('outside')).toEqual(['outside.shop.svc.cluster.local. 1 NOERROR']);
  expect(lookup('outside').addresses).toEqual([]);
});

test('a pod with its node’s resolver finds no name of the cluster', () => {
  const found = lookup('web.shop.svc.cluster.local', 4, { ...client, hostNetwork: true });
  expect(found.addresses).toEqual([]);
  expect(found.steps.map(({ name, replies }) => [name, replies[0]?.reply?.outside])).toEqual([
    ['web.shop.svc.cluster.local.', true],
  ]);
});
