/** Expected names: kubernetes/kubernetes:pkg/proxy/iptables, nftables proxier_test.go; clusters in the wild. */

import { expect, test } from 'vitest';
import {
  iptablesEndpointChain,
  iptablesServiceHash,
  nftablesEndpointName,
  nftablesServiceName,
  portmapChainName,
  servicePortKey,
} from '../../../src/dataplane/proxy/chain-names.ts';

test('the key of a named and of an unnamed port', () => {
  const name = { namespace: 'ns1', service: 'svc1', protocol: 'tcp' } as const;
  expect(servicePortKey({ ...name, port: 'p80' })).toBe('ns1/svc1:p80');
  expect(servicePortKey({ ...name, port: '' })).toBe('ns1/svc1');
});

test('the two chains that are in every cluster', () => {
  expect(iptablesServiceHash('default/kubernetes:https', 'tcp')).toBe('NPX46M4PTMTKRN6Y');
  expect(iptablesServiceHash('kube-system/kube-dns:dns', 'udp')).toBe('TCOU7JCQXEZGVUNU');
});

test('the protocol is part of the hash', () => {
  expect(iptablesServiceHash('kube-system/kube-dns:dns', 'tcp')).not.toBe('TCOU7JCQXEZGVUNU');
});

test('an endpoint', () => {
  expect(iptablesEndpointChain('ns1/svc1:p80', 'tcp', '10.180.0.1:80')).toBe('KUBE-SEP-SXIVWICOYRO3J4NJ');
});

const LONG = {
  namespace: 'very-long-namespace-name-abcdefghijklmnopqrstuvwxyz0123456789xx',
  service: 'very-long-service-name-why-would-you-even-do-this-i-mean-really',
  port: 'port-443-providing-the-hypertext-transmission-protocol-with-tls',
  protocol: 'sctp',
} as const;

test('nftables names carry the text', () => {
  const name = { namespace: 'testing', service: 'service', port: 'http', protocol: 'tcp' } as const;
  expect(nftablesServiceName(name)).toBe('P4ZYZVCF-testing/service/tcp/http');
  expect(nftablesEndpointName(name, { ip: '10.180.0.1', port: 80 })).toBe(
    'JO2XBXZR-testing/service/tcp/http__10.180.0.1/80',
  );
  expect(nftablesEndpointName(name, { ip: 'fd80:abcd:12::a1b2:c3d4:e5f6:9999', port: 80 })).toBe(
    'U7E2ET36-testing/service/tcp/http__fd80.abcd.12..a1b2.c3d4.e5f6.9999/80',
  );
});

test('nftables names are cut at 240 characters', () => {
  expect(nftablesServiceName(LONG)).toMatch(/-with-tls$/);
  const name = nftablesEndpointName(LONG, { ip: '1234:5678:9abc:def0::abcd:1234:5678', port: 443 });
  expect(name).toHaveLength(240);
  expect(name).toMatch(/^CI6C53Q3-.*__1234\.5678\.9abc\.def0\.\.abcd\.1234\.\.\.$/);
});

test('host ports have a chain of 28 characters', () => {
  const id =
    'icee6giejonei6sohng6ahngee7laquohquee9shiGo7fohferakah3Feiyoolu2pei7ciPhoh7shaoX6vai3vuf0ahfaeng8yohb9ceu0daez5hashee8ooYai5wa3y';
  expect(portmapChainName('test', id)).toBe('CNI-DN-67e92b96e692a494b6b85');
});
