/**
 * Answers of the cluster DNS. The expectations are CoreDNS's: coredns/coredns:plugin/kubernetes
 * (handler_test.go, external_test.go) and the rules of its parse.go and kubernetes.go.
 */

import { describe, expect, test } from 'vitest';
import type { DnsServer } from '../../../src/control/dns/server.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { locate } from '../../../src/source/ref.ts';
import { pod, worldOf, worldOfFixture } from '../../cluster/world.ts';

type AddressType = 'A' | 'AAAA';

const world = worldOfFixture('control/dns.yaml');
function answerAddress(dns: DnsServer, name: string, type: AddressType) {
  const { answer, ...reply } = dns.ask({ name, type });
  return {
    ...reply,
    addresses: answer.flatMap((record) => (record.type === type ? (parseIp(record.data) ?? []) : [])),
    cnames: answer.flatMap((record) => (record.type === 'CNAME' ? [record.data] : [])),
  };
}
const ask = (name: string, type: AddressType = 'A') => answerAddress(world.dns, name, type);
const said = (name: string, type: AddressType = 'A') => {
  const { rcode, addresses, cnames } = ask(name, type);
  const records = [...cnames, ...addresses.map(({ text }) => text).sort()];
  return rcode === 'NOERROR' && records.length === 0 ? 'NODATA' : [rcode, ...records].join(' ');
};
const ipOf = (key: `${string}/${string}`) => pod(world, key).ips[0]?.text ?? '';
const ZONE = 'cluster.local.';

describe('ClusterIP Services', () => {
  test.each([
    [`web.shop.svc.${ZONE}`, 'A', 'NOERROR 10.96.0.20'],
    ['web.shop.svc.cluster.local', 'A', 'NOERROR 10.96.0.20'],
    [`WEB.Shop.SVC.${ZONE.toUpperCase()}`, 'A', 'NOERROR 10.96.0.20'],
    [`web.shop.svc.${ZONE}`, 'AAAA', 'NODATA'],
    [`_http._tcp.web.shop.svc.${ZONE}`, 'A', 'NOERROR 10.96.0.20'],
    [`http.tcp.web.shop.svc.${ZONE}`, 'A', 'NOERROR 10.96.0.20'],
    [`_._tcp.web.shop.svc.${ZONE}`, 'A', 'NOERROR 10.96.0.20'],
    [`_ftp._tcp.web.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
    [`_http._udp.web.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
    [`_tcp.web.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
    [`a.b.c.web.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
  ] as const)('%s %s: %s', (name, type, expected) => {
    expect(said(name, type)).toBe(expected);
  });

  test('the answer names the Service and the object', () => {
    const { service, origin } = ask(`web.shop.svc.${ZONE}`);
    expect(service?.key).toBe('shop/web');
    expect(origin && locate(origin).line).toBe(2);
  });
});

describe('names that are no Service', () => {
  test.each([
    [ZONE, 'NODATA'],
    [`svc.${ZONE}`, 'NODATA'],
    [`pod.${ZONE}`, 'NODATA'],
    [`shop.svc.${ZONE}`, 'NODATA'],
    [`nowhere.svc.${ZONE}`, 'NXDOMAIN'],
    [`web.shop.${ZONE}`, 'NXDOMAIN'],
    [`foo.${ZONE}`, 'NXDOMAIN'],
    [`ns.dns.${ZONE}`, 'NOERROR 10.96.0.10'],
    [`dns.${ZONE}`, 'NXDOMAIN'],
    ['example.com.', 'NXDOMAIN'],
    ['notcluster.local.', 'NXDOMAIN'],
  ])('%s: %s', (name, expected) => {
    expect(said(name)).toBe(expected);
  });

  test.each([
    [`apii.shop.svc.${ZONE}`, 'no-such-service', false],
    [`web.nowhere.svc.${ZONE}`, 'no-such-namespace', false],
    [`shop.svc.${ZONE}`, undefined, false],
    [`x.apii.shop.svc.${ZONE}`, undefined, false],
    ['example.com.', undefined, true],
    ['notcluster.local.', undefined, true],
  ])('%s: reason %s, outside %s', (name, reason, outside) => {
    expect([ask(name).reason, ask(name).outside]).toEqual([reason, outside]);
  });
});

describe('headless Services', () => {
  test('are their ready endpoints, each by its hostname too', () => {
    const [first, second] = [ipOf('shop/db-0'), ipOf('shop/db-1')];
    expect(said(`db.shop.svc.${ZONE}`)).toBe(['NOERROR', ...[first, second].sort()].join(' '));
    expect(said(`db-0.db.shop.svc.${ZONE}`)).toBe(`NOERROR ${first}`);
    expect(said(`db-2.db.shop.svc.${ZONE}`)).toBe('NXDOMAIN');
    expect(said(`_pg._tcp.db.shop.svc.${ZONE}`)).toBe(said(`db.shop.svc.${ZONE}`));
  });

  test('a hostname takes the place of the dashed address', () => {
    expect(said(`${ipOf('shop/db-0').replaceAll('.', '-')}.db.shop.svc.${ZONE}`)).toBe('NXDOMAIN');
  });

  test('without a ready endpoint do not exist', () => {
    expect(said(`empty.shop.svc.${ZONE}`)).toBe('NXDOMAIN');
    expect(ask(`empty.shop.svc.${ZONE}`)).toMatchObject({
      reason: 'headless-no-ready-pod',
      service: { key: 'shop/empty' },
    });
  });

  test.each([
    [`manual.shop.svc.${ZONE}`, 'A', 'NOERROR 192.0.2.1 192.0.2.2 192.0.2.4'],
    [`manual.shop.svc.${ZONE}`, 'AAAA', 'NOERROR 2001:db8::'],
    [`twin.manual.shop.svc.${ZONE}`, 'A', 'NOERROR 192.0.2.1 192.0.2.2'],
    [`192-0-2-4.manual.shop.svc.${ZONE}`, 'A', 'NOERROR 192.0.2.4'],
    [`192-0-2-3.manual.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
    // A label may not end in a dash: coredns/coredns PR 7431.
    [`2001-db8--0.manual.shop.svc.${ZONE}`, 'AAAA', 'NOERROR 2001:db8::'],
    [`2001-db8--0.manual.shop.svc.${ZONE}`, 'A', 'NODATA'],
  ] as const)('slices by hand: %s %s: %s', (name, type, expected) => {
    expect(said(name, type)).toBe(expected);
  });
});

describe('ExternalName', () => {
  test.each([
    [`alias.shop.svc.${ZONE}`, 'A', `NOERROR web.shop.svc.${ZONE} 10.96.0.20`],
    [`alias.shop.svc.${ZONE}`, 'AAAA', 'NODATA'],
    [
      `alias-of-alias.shop.svc.${ZONE}`,
      'A',
      `NOERROR alias.shop.svc.${ZONE} web.shop.svc.${ZONE} 10.96.0.20`,
    ],
    [`dangling.shop.svc.${ZONE}`, 'A', 'NODATA'],
    [`loop-a.shop.svc.${ZONE}`, 'A', 'NODATA'],
    [`outside.shop.svc.${ZONE}`, 'A', 'NOERROR api.example.com.'],
    [`literal.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
    [`x.outside.shop.svc.${ZONE}`, 'A', 'NXDOMAIN'],
  ] as const)('%s %s: %s', (name, type, expected) => {
    expect(said(name, type)).toBe(expected);
  });

  test('the answer says that the target is outside, and which line says so', () => {
    const { outside, origin } = ask(`outside.shop.svc.${ZONE}`);
    expect([outside, origin?.path]).toEqual([true, ['spec', 'externalName']]);
    expect(ask(`alias.shop.svc.${ZONE}`)).toMatchObject({ outside: false, service: { key: 'shop/web' } });
  });
});

describe('pod names', () => {
  test.each([
    [`1-2-3-4.shop.pod.${ZONE}`, 'A', 'NOERROR 1.2.3.4'],
    [`1-2-3-4.shop.pod.${ZONE}`, 'AAAA', 'NODATA'],
    [`1-2-3-4.nons.pod.${ZONE}`, 'A', 'NXDOMAIN'],
    [`1-2-3-400.shop.pod.${ZONE}`, 'A', 'NXDOMAIN'],
    [`01-2-3-4.shop.pod.${ZONE}`, 'A', 'NXDOMAIN'],
    [`1-2-3.shop.pod.${ZONE}`, 'A', 'NXDOMAIN'],
    [`2001-db8--1.shop.pod.${ZONE}`, 'AAAA', 'NOERROR 2001:db8::1'],
    [`a.b.1-2-3-4.shop.pod.${ZONE}`, 'A', 'NOERROR 1.2.3.4'],
    [`a.b.c.1-2-3-4.shop.pod.${ZONE}`, 'A', 'NXDOMAIN'],
    [`shop.pod.${ZONE}`, 'A', 'NODATA'],
  ] as const)('%s %s: %s', (name, type, expected) => {
    expect(said(name, type)).toBe(expected);
  });
});

test('the cluster domain is the profile’s', () => {
  const { dns } = worldOf('', 'clusterDomain: k8s.example.com');
  expect(answerAddress(dns, 'kubernetes.default.svc.k8s.example.com.', 'A').addresses[0]?.text).toBe(
    '10.96.0.1',
  );
  expect(answerAddress(dns, 'kubernetes.default.svc.cluster.local.', 'A').outside).toBe(true);
});
