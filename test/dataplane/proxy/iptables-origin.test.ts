/** Every rule of a Service names the manifest fields that it is made from. */

import { expect, test } from 'vitest';
import type { ServicePort } from '../../../src/control/service-port.ts';
import type { TableName } from '../../../src/netfilter/ruleset.ts';
import type { ManifestDocument } from '../../../src/source/document.ts';
import { printPath, type SourceRef } from '../../../src/source/ref.ts';
import { api, chains, EXT, FW, SVC, SVL, sep } from './iptables-lines.ts';
import { cidr, endpoint, ip, type PortFacts } from './service-ports.ts';

const place = (kind: string, ...path: (string | number)[]): SourceRef => {
  const span = { start: 0, end: 0 };
  const file = { name: `${kind}.yaml`, text: '' };
  const document: ManifestDocument = { file, span, kind, apiVersion: 'v1', value: {}, locate: () => span };
  return { document, path };
};

/** shop/api as a manifest says it: the port is `spec.ports[0]` of Service, its endpoint the first of Slice. */
function written(facts: PortFacts): ServicePort {
  const port = api({
    type: 'LoadBalancer',
    nodePort: 30001,
    externalIps: [ip('192.0.2.1')],
    loadBalancerVips: [ip('198.51.100.1')],
    endpoints: [endpoint('10.1.0.1:8080', { origin: place('Slice', 'endpoints', 0) })],
    origin: place('Service', 'spec', 'ports', 0),
    ...facts,
  });
  return { ...port, service: { ...port.service, origin: place('Service') } };
}

/** `Service spec.ports[0]` for each origin of a chain's rules. */
function origins([table, name]: readonly [TableName, string], facts: PortFacts): readonly string[] {
  const chain = chains(table, [written(facts)]).find((each) => each.name === name);
  return (chain?.rules ?? []).map(({ origin }) =>
    origin.map(({ document, path }) => `${document.kind} ${printPath(path)}`).join(', '),
  );
}

const PORT = 'Service spec.ports[0]';
const NODE_PORT = 'Service spec.ports[0].nodePort';
const ENDPOINT = `${PORT}, Slice endpoints[0]`;
const EXTERNAL_POLICY = 'Service spec.externalTrafficPolicy';
const RANGES = 'Service spec.loadBalancerSourceRanges';

test('entries: the port, and where the address is from', () => {
  expect(origins(['nat', 'KUBE-SERVICES'], {})).toEqual([
    PORT,
    `${PORT}, Service spec.externalIPs`,
    `${PORT}, Service status.loadBalancer.ingress`,
    '',
  ]);
  expect(origins(['nat', 'KUBE-NODEPORTS'], {})).toEqual([NODE_PORT]);
});

test('the choice of an endpoint and the endpoint', () => {
  expect(origins(['nat', SVC], {})).toEqual([PORT, ENDPOINT]);
  expect(origins(['nat', SVC], { sessionAffinitySeconds: 10 })).toEqual([
    PORT,
    `Service spec.sessionAffinity, ${ENDPOINT}`,
    ENDPOINT,
  ]);
  expect(origins(['nat', sep('10.1.0.1:8080')], {})).toEqual([ENDPOINT, ENDPOINT]);
});

test('traffic policies', () => {
  const local = { externalTrafficPolicy: 'Local' } as const;
  expect(origins(['nat', EXT], {})).toEqual([EXTERNAL_POLICY, EXTERNAL_POLICY]);
  expect(origins(['nat', EXT], local)).toEqual([EXTERNAL_POLICY, EXTERNAL_POLICY, EXTERNAL_POLICY]);
  expect(origins(['filter', 'KUBE-EXTERNAL-SERVICES'], local)).toEqual([
    `${PORT}, ${EXTERNAL_POLICY}`,
    `${PORT}, ${EXTERNAL_POLICY}`,
    `${NODE_PORT}, ${EXTERNAL_POLICY}`,
  ]);
  const internal = { internalTrafficPolicy: 'Local' } as const;
  expect(origins(['filter', 'KUBE-SERVICES'], internal)).toEqual([
    `${PORT}, Service spec.internalTrafficPolicy`,
  ]);
  const here = [endpoint('10.1.0.1:8080', { node: 'node-a' })];
  expect(origins(['nat', 'KUBE-SERVICES'], { ...internal, endpoints: here })[0]).toBe(PORT);
  expect(origins(['nat', SVL], { ...internal, endpoints: here })).toEqual([PORT, PORT]);
});

test('no endpoints: the port alone', () => {
  const none: PortFacts = { endpoints: [] };
  expect(origins(['filter', 'KUBE-SERVICES'], none)).toEqual([PORT]);
  expect(origins(['filter', 'KUBE-EXTERNAL-SERVICES'], none)).toEqual([PORT, PORT, NODE_PORT]);
});

test('source ranges and health checks', () => {
  const guarded: PortFacts = { loadBalancerSourceRanges: [cidr('203.0.113.0/24')] };
  expect(origins(['nat', FW], guarded)).toEqual([RANGES, RANGES]);
  expect(origins(['filter', 'KUBE-PROXY-FIREWALL'], guarded)).toEqual([RANGES]);
  const health: PortFacts = { externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };
  expect(origins(['filter', 'KUBE-NODEPORTS'], health)).toEqual(['Service spec.healthCheckNodePort']);
});

test('a Service that no manifest has (default/kubernetes) has no origins', () => {
  const implied = api({ externalTrafficPolicy: 'Local', type: 'NodePort', nodePort: 30001 });
  const rules = chains('nat', [implied]).flatMap((chain) => chain.rules);
  expect(rules.flatMap(({ origin }) => origin)).toEqual([]);
});
