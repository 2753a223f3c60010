/** Two libraries are called alike without a second look-up only where a second look-up says the same. */

import { expect, test } from 'vitest';
import { reply } from '../../../src/control/dns/record.ts';
import { glibc } from '../../../src/control/dns/resolver/glibc.ts';
import { isAlikeAtOnce, lookUpName } from '../../../src/control/dns/resolver/look-up.ts';
import { musl } from '../../../src/control/dns/resolver/musl.ts';
import type { AskServer, Resolver } from '../../../src/control/dns/resolver/resolver.ts';
import { RESOLVERS } from '../../../src/control/dns/resolvers.ts';
import { LOOKED_UP, RESOLV_CONFS, stubReply } from '../../oracles/resolver-cases.ts';

const LIBRARIES = RESOLVERS.filter(({ readsHosts }) => readsHosts);

const ask: AskServer = (server, { name, type }) => {
  const { rcode, answer } = stubReply(server, name, type);
  return reply('stub', rcode, {
    answer: answer.map(([owner, kind, data]) => ({ name: owner, type: kind, ttl: 30, data })),
  });
};

interface Compared {
  readonly name: string;
  readonly resolvConf: (typeof RESOLV_CONFS)[number];
  readonly first: Resolver;
  readonly other: Resolver;
}

function compare({ name, resolvConf, first, other }: Compared) {
  const host = { resolvConf, hosts: [] };
  const own = lookUpName(first, host, { name }, ask);
  const second = lookUpName(other, host, { name }, ask);
  const isSame = second.status === own.status && second.addresses.join() === own.addresses.join();
  return { isCalledAlike: isAlikeAtOnce(other, host, { name, own }), isSame };
}

test('whatever is asked, with whatever resolv.conf: what is called alike is alike', () => {
  const pairs = LIBRARIES.flatMap((first) => LIBRARIES.map((other) => ({ first, other })));
  const cases = RESOLV_CONFS.flatMap((resolvConf) =>
    LOOKED_UP.flatMap((name) => pairs.map((pair) => ({ name, resolvConf, ...pair }))),
  );
  const alike = cases.filter((each) => compare(each).isCalledAlike);
  const wrong = alike.filter((each) => !compare(each).isSame);
  expect(
    wrong.map(({ name, resolvConf, first, other }) => [name, resolvConf.name, first.name, other.name]),
  ).toEqual([]);
  expect(alike.length).toBeGreaterThan(pairs.length);
});

test('names that are found along the search list need no second look-up, failures do', () => {
  const resolvConf = RESOLV_CONFS.find(({ searches }) => searches[0] === 'shop.svc.cluster.local');
  if (resolvConf === undefined) throw new Error('no such resolv.conf');
  const callsAlike = (name: string) => compare({ name, resolvConf, first: glibc, other: musl }).isCalledAlike;
  // musl ends at the name that is there without addresses, glibc goes on.
  expect(['api', 'web.billing', 'nodata', 'gone'].map(callsAlike)).toEqual([true, true, false, false]);
});
