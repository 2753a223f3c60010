/** What the API server refuses: kubernetes/kubernetes:pkg/apis/core/validation/validation_test.go TestValidatePodDNSConfig, TestValidateHostAliases. */

import { expect, test } from 'vitest';
import { pod, worldOf } from '../cluster/world.ts';

function read(spec: string) {
  const world = worldOf(`
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec: {${spec}, containers: [{name: c, image: i}]}`);
  return { spec: pod(world, 'shop/p').spec, said: world.diagnostics.map(({ text }) => text) };
}

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const NAMESERVERS = 'must provide at least one DNS nameserver when `dnsPolicy` is None';

test.each([
  ['dnsPolicy: None', 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ['dnsPolicy: None, dnsConfig: {}', `spec.dnsConfig.nameservers: Required value: ${NAMESERVERS}`],
  [
    'dnsPolicy: None, dnsConfig: {nameservers: []}',
    `spec.dnsConfig.nameservers: Required value: ${NAMESERVERS}`,
  ],
  [
    'dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}',
    'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
  ],
  [
    'dnsConfig: {nameservers: [kube-dns]}',
    'spec.dnsConfig.nameservers[0]: Invalid value: "kube-dns": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    `dnsConfig: {searches: [${Array.from({ length: 33 }, (_, index) => `d${index}`)}]}`,
    'spec.dnsConfig.searches: Invalid value: […]: must not have more than 32 search paths',
  ],
  [
    `dnsConfig: {searches: [${Array.from({ length: 9 }, (_, index) => `${index}${'b'.repeat(240)}`)}]}`,
    'spec.dnsConfig.searches: Invalid value: […]: must not have more than 2048 characters (including spaces) in the search list',
  ],
  [
    'dnsConfig: {options: [{value: "2"}]}',
    'spec.dnsConfig.options[0].name: Required value: must not be empty',
  ],
  ['dnsConfig: {options: [{name: ""}]}', 'spec.dnsConfig.options[0].name: Required value: must not be empty'],
  [
    'hostAliases: [{ip: 456.78.90.123, hostnames: [foo]}]',
    'spec.hostAliases[0].ip: Invalid value: "456.78.90.123": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    'hostAliases: [{ip: 10.0.0.1, hostnames: [Foo_1]}]',
    `spec.hostAliases[0].hostnames[0]: Invalid value: "Foo_1": ${SUBDOMAIN}`,
  ],
  ['hostAliases: [{hostnames: [foo]}]', 'spec.hostAliases[0].ip: Required value'],
  ['hostnameOverride: xx_yy', `spec.hostnameOverride: Invalid value: "xx_yy": ${SUBDOMAIN}`],
  [
    'hostnameOverride: xx, hostNetwork: true',
    'spec.hostnameOverride: Forbidden: may not be set beside hostNetwork',
  ],
])('%s', (spec, said) => {
  expect(read(spec).said).toEqual([said]);
});

test('an underscore, a final dot and the root are admitted in a search list', () => {
  const { spec, said } = read('dnsConfig: {searches: [_tcp.corp.internal., .]}');
  expect(said).toEqual([]);
  expect(spec.dnsConfig?.searches).toEqual(['_tcp.corp.internal.', '.']);
});

test('what is right beside what is wrong is used', () => {
  const { spec, said } = read(
    'hostname: Not_A_Label, subdomain: web, dnsConfig: {nameservers: [x, 1.1.1.1], searches: ["a b", c]}, hostAliases: [{ip: x, hostnames: [a]}, {ip: 10.0.0.1, hostnames: ["*", b]}]',
  );
  expect(said).toHaveLength(5);
  expect(spec).toMatchObject({
    subdomain: 'web',
    dnsConfig: { nameservers: ['1.1.1.1'], searches: ['c'], options: [] },
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['b'] }],
  });
  expect(spec.hostname).toBeUndefined();
});
