/**
 * The walk of a packet from a pod to a ClusterIP whose endpoint is on another node, over flannel vxlan:
 * devices, addresses and TTL as a packet capture on three hosts shows them (docs/semantics/datapath.md).
 */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TraceAnswer } from '../../src/index.ts';
import { ask } from '../query/ask.ts';

type Hops = TraceAnswer['paths'][number]['legs'][number]['hops'];

function devices(hops: Hops): readonly string[] {
  return hops.flatMap(({ place, steps }) =>
    steps
      .filter(({ kind }) => kind === 'receive' || kind === 'transmit')
      .map(({ where, packet }) => {
        const device = where?.in === undefined ? `${where?.out} out` : `${where.in} in`;
        const outer = packet?.outer === undefined ? '' : ` in ${packet.outer.src} > ${packet.outer.dst}`;
        return `${place.name} ${device} ${packet?.src} > ${packet?.dst} ttl ${packet?.ttl}${outer}`;
      }),
  );
}

test('pod to ClusterIP on another node, over flannel vxlan, there and back', () => {
  const answer = ask('trace/walk-s4', { from: 'a1', to: 'svc/api', dns: false }, { cni: 'flannel' });
  expect(answer.result).toBe('reachable');
  expect(answer.paths).toHaveLength(1);
  const [leg] = answer.paths[0]?.legs ?? [];
  expect(devices(leg?.hops ?? [])).toEqual([
    'a1 eth0 out 10.244.1.5:40000 > 10.96.0.50:80 ttl 64',
    'node-a veth~a1 in 10.244.1.5:40000 > 10.96.0.50:80 ttl 64',
    'node-a cni0 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 64',
    'node-a flannel.1 out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63',
    'node-a eth0 out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63 in 10.0.0.11:51000 > 10.0.0.12:8472',
    'node-b eth0 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63 in 10.0.0.11:51000 > 10.0.0.12:8472',
    'node-b flannel.1 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 63',
    'node-b cni0 out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 62',
    'node-b veth~b1 out 10.244.1.5:40000 > 10.244.2.7:8080 ttl 62',
    'b1 eth0 in 10.244.1.5:40000 > 10.244.2.7:8080 ttl 62',
  ]);
  expect(devices(leg?.reply?.hops ?? [])).toEqual([
    'b1 eth0 out 10.244.2.7:8080 > 10.244.1.5:40000 ttl 64',
    'node-b veth~b1 in 10.244.2.7:8080 > 10.244.1.5:40000 ttl 64',
    'node-b cni0 in 10.244.2.7:8080 > 10.244.1.5:40000 ttl 64',
    'node-b flannel.1 out 10.244.2.7:8080 > 10.244.1.5:40000 ttl 63',
    'node-b eth0 out 10.244.2.7:8080 > 10.244.1.5:40000 ttl 63 in 10.0.0.12:51000 > 10.0.0.11:8472',
    'node-a eth0 in 10.244.2.7:8080 > 10.244.1.5:40000 ttl 63 in 10.0.0.12:51000 > 10.0.0.11:8472',
    'node-a flannel.1 in 10.244.2.7:8080 > 10.244.1.5:40000 ttl 63',
    'node-a cni0 out 10.96.0.50:80 > 10.244.1.5:40000 ttl 62',
    'node-a veth~a1 out 10.96.0.50:80 > 10.244.1.5:40000 ttl 62',
    'a1 eth0 in 10.96.0.50:80 > 10.244.1.5:40000 ttl 62',
  ]);
  expect(answer.paths[0]?.serverSees).toEqual({ peer: '10.244.1.5' });
});

test('the chains of the DNAT are the real ones, in the order in which they were walked', () => {
  const answer = ask('trace/walk-s4', { from: 'a1', to: 'svc/api', dns: false }, { cni: 'flannel' });
  const steps = answer.paths[0]?.legs[0]?.hops[1]?.steps ?? [];
  const dnat = steps.find(({ kind }) => kind === 'translate');
  // sha256("default/apitcp") and sha256("default/apitcp10.244.2.7:8080"), base32, 16 characters.
  expect(dnat?.where?.chain).toEqual([
    'KUBE-SERVICES',
    chain('SVC', 'default/apitcp'),
    chain('SEP', 'default/apitcp10.244.2.7:8080'),
  ]);
  expect(dnat?.changes).toEqual([
    { field: 'dst', nat: 'dnat', from: '10.96.0.50:80', to: '10.244.2.7:8080' },
  ]);
  expect(dnat?.because?.[0]).toMatchObject({
    file: 'fixtures/trace/walk-s4/manifests/app.yaml',
    line: 38,
    object: 'service/default/api',
  });
});

function chain(kind: string, hashed: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bytes = createHash('sha256').update(hashed).digest();
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const letters = bits.match(/.{5}/g) ?? [];
  return `KUBE-${kind}-${letters
    .slice(0, 16)
    .map((five) => alphabet[Number.parseInt(five, 2)])
    .join('')}`;
}
