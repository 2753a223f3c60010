/** Rules: kubernetes/kubernetes:pkg/proxy/topology.go; cases of our own beside the conformance vectors. */

import { describe, expect, test } from 'vitest';
import type { Endpoint, ServicePort } from '../../src/control/service-port.ts';
import {
  categorizeEndpoints,
  isExternallyReachable,
  isExternalPolicyLocal,
} from '../../src/control/usable-endpoints.ts';
import { endpoint, ip, servicePort } from '../dataplane/proxy/service-ports.ts';

const ZONE = 'topology.kubernetes.io/zone';
const NODE = { name: 'node-a', labels: new Map([[ZONE, 'z1']]) };

type Facts = Parameters<typeof servicePort>[1];
const port = (endpoints: readonly Endpoint[], facts: Facts = {}): ServicePort =>
  servicePort('shop/api:http', { clusterIps: [ip('172.30.0.1')], endpoints, ...facts });

/** Last octets of the addresses. */
const octets = (endpoints: readonly Endpoint[] | null): readonly string[] | null =>
  endpoints?.map((each) => each.ip.text.replace(/^.*[.:]/, '')) ?? null;

function categories(servicePort: ServicePort, node = NODE, family: 4 | 6 = 4) {
  const { cluster, local, allReachable, hasAnyEndpoints } = categorizeEndpoints(servicePort, node, family);
  return {
    cluster: octets(cluster),
    local: octets(local),
    all: octets(allReachable),
    hasAny: hasAnyEndpoints,
  };
}

const at = (last: number, facts: Partial<Endpoint> = {}): Endpoint => endpoint(`10.0.0.${last}:80`, facts);
const here = { node: 'node-a' };
const notReady = { ready: false, serving: false };
const dying = { ready: false, serving: true, terminating: true };
const LOCAL_EXTERNAL: Facts = { type: 'NodePort', nodePort: 30000, externalTrafficPolicy: 'Local' };

describe('which lists are computed', () => {
  test('policy Cluster only: no local list', () => {
    expect(categories(port([at(1), at(2, here)]))).toEqual({
      cluster: ['1', '2'],
      local: null,
      all: ['1', '2'],
      hasAny: true,
    });
  });

  test('policy Local inside, nothing outside: no cluster list, and only this node counts', () => {
    expect(categories(port([at(1), at(2, here)], { internalTrafficPolicy: 'Local' }))).toEqual({
      cluster: null,
      local: ['2'],
      all: ['2'],
      hasAny: true,
    });
  });

  test('policy Local inside, but a node port: both', () => {
    const facts: Facts = { type: 'NodePort', nodePort: 30000, internalTrafficPolicy: 'Local' };
    expect(categories(port([at(1), at(2, here)], facts))).toMatchObject({
      cluster: ['1', '2'],
      local: ['2'],
    });
  });

  test('policy Local outside: both', () => {
    expect(categories(port([at(1), at(2, here)], LOCAL_EXTERNAL))).toEqual({
      cluster: ['1', '2'],
      local: ['2'],
      all: ['1', '2'],
      hasAny: true,
    });
  });

  test('policy Local outside means nothing while there is no way in from outside', () => {
    expect(
      categories(port([at(1)], { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })).local,
    ).toBeNull();
  });

  test('policy Local outside means nothing for a plain ClusterIP Service', () => {
    expect(categories(port([at(1)], { externalTrafficPolicy: 'Local' })).local).toBeNull();
  });

  test('endpoints of the other family do not count', () => {
    const both = port([at(1), endpoint('[fd00::2]:80')]);
    expect(categories(both, NODE, 4).cluster).toEqual(['1']);
    expect(categories(both, NODE, 6).cluster).toEqual(['2']);
  });
});

describe('ready, and terminating as the last resort', () => {
  test('what is not ready is not used', () => {
    expect(categories(port([at(1, notReady), at(2)])).cluster).toEqual(['2']);
    expect(categories(port([at(1, notReady)]))).toMatchObject({ cluster: [], hasAny: false });
  });

  test('not ready but serving is used only while terminating, and only if nothing is ready', () => {
    expect(categories(port([at(1, dying), at(2)])).cluster).toEqual(['2']);
    expect(categories(port([at(1, dying), at(2, notReady)]))).toMatchObject({ cluster: ['1'], hasAny: true });
    expect(categories(port([at(1, { ready: false, serving: true })]))).toMatchObject({
      cluster: [],
      hasAny: false,
    });
    expect(categories(port([at(1, { ...notReady, terminating: true })])).cluster).toEqual([]);
  });

  test('each list falls back on its own', () => {
    const mixed = [at(1), at(2, { ...here, ...dying })];
    expect(categories(port(mixed, LOCAL_EXTERNAL))).toEqual({
      cluster: ['1'],
      local: ['2'],
      all: ['1', '2'],
      hasAny: true,
    });
    const ready = [at(1), at(2, { ...here, ...dying }), at(3, here)];
    expect(categories(port(ready, LOCAL_EXTERNAL)).local).toEqual(['3']);
  });

  test('endpoints elsewhere are endpoints, though none is here', () => {
    const internal: Facts = { internalTrafficPolicy: 'Local' };
    expect(categories(port([at(1)], internal))).toMatchObject({ local: [], hasAny: true });
    expect(categories(port([at(1, dying)], internal))).toMatchObject({ local: [], hasAny: true });
    expect(categories(port([at(1, notReady)], internal))).toMatchObject({ local: [], hasAny: false });
  });
});

describe('hints', () => {
  const zoned = (last: number, ...zoneHints: string[]) => at(last, { zoneHints });
  const pinned = (last: number, node: string) => at(last, { nodeHints: [node], zoneHints: ['z1'] });

  test('the zone of the node is preferred', () => {
    expect(categories(port([zoned(1, 'z1'), zoned(2, 'z2'), zoned(3, 'z2', 'z1')])).cluster).toEqual([
      '1',
      '3',
    ]);
  });

  test('one ready endpoint without a hint switches them off; one that is not ready does not', () => {
    expect(categories(port([zoned(1, 'z1'), zoned(2, 'z2'), at(3)])).cluster).toEqual(['1', '2', '3']);
    expect(categories(port([zoned(1, 'z1'), zoned(2, 'z2'), at(3, notReady)])).cluster).toEqual(['1']);
  });

  test('a zone without endpoints, and a node without a zone, use all', () => {
    expect(categories(port([zoned(1, 'z2'), zoned(2, 'z3')])).cluster).toEqual(['1', '2']);
    const noZone = { name: 'node-a', labels: new Map([[ZONE, '']]) };
    expect(categories(port([zoned(1, 'z1'), zoned(2, '')]), noZone).cluster).toEqual(['1', '2']);
    expect(
      categories(port([zoned(1, 'z1'), zoned(2, 'z2')]), { ...NODE, labels: new Map() }).cluster,
    ).toHaveLength(2);
  });

  test('the node goes before the zone', () => {
    expect(categories(port([pinned(1, 'node-a'), pinned(2, 'node-b')])).cluster).toEqual(['1']);
    expect(categories(port([pinned(1, 'node-c'), pinned(2, 'node-b')])).cluster).toEqual(['1', '2']);
    const half = [pinned(1, 'node-a'), zoned(2, 'z1'), zoned(3, 'z2')];
    expect(categories(port(half)).cluster).toEqual(['1', '2']);
  });

  test('they do not hold for the last resort, nor for local lists', () => {
    const terminating = [at(1, { ...dying, zoneHints: ['z2'] }), at(2, { ...dying, zoneHints: ['z1'] })];
    expect(categories(port(terminating)).cluster).toEqual(['1', '2']);
    const local = [at(1, { ...here, zoneHints: ['z2'] }), zoned(2, 'z1')];
    expect(categories(port(local, LOCAL_EXTERNAL))).toMatchObject({
      cluster: ['2'],
      local: ['1'],
      all: ['1', '2'],
    });
  });
});

test('what leads in from outside: a node port, an external or a load balancer address of the family', () => {
  const reachable = (facts: Facts) => isExternallyReachable(port([], facts), 4);
  expect(reachable({})).toBe(false);
  expect(reachable({ nodePort: 30000 })).toBe(true);
  expect(reachable({ externalIps: [ip('192.0.2.1')] })).toBe(true);
  expect(reachable({ loadBalancerVips: [ip('192.0.2.1')] })).toBe(true);
  expect(reachable({ externalIps: [ip('fd00::1')], loadBalancerVips: [ip('fd00::2')] })).toBe(false);
});

test('the external policy counts for types that are open to the outside, and for external addresses', () => {
  const externalTrafficPolicy = 'Local' as const;
  expect(isExternalPolicyLocal(port([], { externalTrafficPolicy }))).toBe(false);
  expect(isExternalPolicyLocal(port([], { externalTrafficPolicy, type: 'NodePort' }))).toBe(true);
  expect(isExternalPolicyLocal(port([], { externalTrafficPolicy, externalIps: [ip('192.0.2.1')] }))).toBe(
    true,
  );
  expect(isExternalPolicyLocal(port([], { type: 'LoadBalancer' }))).toBe(false);
});
