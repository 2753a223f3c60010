/** Ends of paths: who takes the packet, or why nobody does, and what the program sees of it. */

import { expect, test } from 'vitest';
import { ask, snapshotOf } from '../query/ask.ts';

test('article example 1: a selector overrules the Endpoints object by hand, so nobody is there', () => {
  const answer = ask('trace/my-service-endpoints', { from: 'client', to: 'svc/my-service' });
  expect(answer.result).toBe('unreachable');
  expect(answer.paths[0]).toMatchObject({
    disposition: 'no-endpoints',
    reason: 'selector-matches-no-pod',
    symptom: 'refused',
  });
  const snapshot = snapshotOf('trace/my-service-endpoints');
  expect(snapshot.control.servicePortsOf('default/my-service')[0]?.endpoints).toEqual([]);
  expect(snapshot.diagnostics.map(({ code }) => code)).toEqual(['endpoints-overwritten']);
});

test('article example 1 without the selector: both addresses, half of the connections each', () => {
  const answer = ask('trace/my-service-endpoints', { from: 'client', to: 'svc/my-service-by-hand' });
  expect(answer.result).toBe('reachable');
  const [path] = answer.paths;
  expect(path?.disposition).toBe('exits-cluster');
  expect(answer.paths.flatMap(({ backends }) => backends)).toEqual(['10.0.0.1', '10.0.0.2']);
  const translations = path?.legs
    .at(-1)
    ?.hops.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes ?? []));
  expect(translations).toContainEqual(expect.objectContaining({ nat: 'dnat', to: '10.0.0.1:8080' }));
});

test('article example 3: by short name and by full name, port 80 becomes 9376', () => {
  for (const to of ['http://my-service', 'http://my-service.default.svc.cluster.local/', 'svc/my-service']) {
    const answer = ask('trace/my-service-dns', { from: 'client', to });
    expect(answer.result).toBe('reachable');
    expect(answer.paths.flatMap(({ backends }) => backends)).toEqual([
      'default/my-app#1',
      'default/my-app#2',
    ]);
    const lookup = answer.paths[0]?.legs[0];
    expect(lookup?.purpose).toBe('lookup');
    const accepts = answer.paths.map(
      ({ legs }) => legs.at(-1)?.hops.at(-1)?.steps.at(-1)?.packet?.dst.split(':')[1],
    );
    expect(new Set(accepts)).toEqual(new Set(['9376']));
  }
});

test('the weights of all paths sum to 1', () => {
  const answer = ask('trace/my-service-dns', { from: 'client', to: 'svc/my-service' });
  const sum = answer.paths.reduce((total, { weight }) => {
    const [numerator = 0, denominator = 1] = weight.split('/').map(Number);
    return total + numerator / denominator;
  }, 0);
  expect(sum).toBe(1);
});

test('--backend keeps the one path', () => {
  const answer = ask('trace/my-service-dns', { from: 'client', to: 'svc/my-service', backend: 'my-app#2' });
  expect(answer.paths).toHaveLength(1);
  expect(answer.paths[0]).toMatchObject({ weight: '1/1', backends: ['default/my-app#2'] });
});

test('a selector that matches no pod: the line, and the closest workload', () => {
  const answer = ask('trace/shop', { from: 'shop/web', to: 'svc/api-wrong-label' });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'no-endpoints',
    reason: 'selector-matches-no-pod',
    symptom: 'refused',
  });
  const cause = answer.diagnostics.find(({ code }) => code === 'selector-matches-no-pod');
  expect(cause?.sources?.[0]).toMatchObject({
    file: 'fixtures/trace/shop/manifests/typos.yaml',
    line: 9,
    role: 'primary',
    object: 'service/shop/api-wrong-label',
  });
});

test('a target port name that no pod declares', () => {
  const answer = ask('trace/shop', { from: 'shop/web', to: 'svc/api-wrong-port' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'no-endpoints', reason: 'target-port-name-unknown' });
});

test('a headless Service resolves to the pod, and no port is translated', () => {
  const answer = ask('trace/shop', { from: 'shop/web', to: 'svc/api-headless' });
  expect(answer.result).toBe('reachable');
  const steps = answer.paths[0]?.legs.at(-1)?.hops.flatMap((hop) => hop.steps) ?? [];
  expect(steps.filter(({ kind }) => kind === 'translate')).toEqual([]);
});

test('an ExternalName to a name outside is taken as not existing, and that decides', () => {
  const answer = ask('trace/shop', { from: 'shop/web', to: 'svc/old-db:5432' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-not-found', symptom: 'name-not-found' });
  expect(answer.assumptions).toContainEqual(
    expect.objectContaining({ code: 'A_UPSTREAM_NXDOMAIN', decisive: true }),
  );
});

test('a name that no Service has: every question that is asked, and the nearest name', () => {
  const answer = ask('trace/shop', { from: 'shop/web', to: 'http://apii' });
  expect(answer.paths[0]).toMatchObject({ disposition: 'name-not-found', reason: 'no-such-service' });
  const asked = answer.paths[0]?.legs[0]?.hops.flatMap(({ steps }) =>
    steps.filter(({ kind }) => kind === 'resolve' || kind === 'end').map(({ text }) => text),
  );
  expect(asked).toEqual([
    'apii.shop.svc.cluster.local',
    'apii.svc.cluster.local',
    'apii.cluster.local',
    'apii.',
  ]);
  expect(JSON.stringify(answer.diagnostics)).toContain('did you mean api?');
});

test('out to the internet: masqueraded to the node, answer assumed', () => {
  const answer = ask('trace/walk-s4', { from: 'a1', to: '198.51.100.7:443' });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'exits-cluster',
    symptom: 'unknown',
    backends: ['198.51.100.7'],
    serverSees: { peer: '10.0.0.11' },
  });
  expect(answer.assumptions.map(({ code }) => code)).toContain('A_ANSWERS');
});

test('a ClusterIP on a port that the Service has not got is lost', () => {
  const answer = ask('trace/walk-s4', { from: 'a1', to: '10.96.0.50:81' });
  expect(answer.paths[0]).toMatchObject({
    disposition: 'dropped',
    reason: 'no-such-port',
    symptom: 'timeout',
  });
});

test('a pod address that no pod has', () => {
  const onNode = ask('trace/walk-s4', { from: 'a1', to: '10.244.2.99:80' });
  expect(onNode.paths[0]).toMatchObject({ disposition: 'neighbor-unreachable', symptom: 'host-unreachable' });
  const nowhere = ask('trace/walk-s4', { from: 'a1', to: '10.244.9.9:80' });
  expect(nowhere.paths[0]).toMatchObject({
    disposition: 'neighbor-unreachable',
    reason: 'subnet-without-lease',
  });
});

test('localhost stays in the pod: no veth, no translation', () => {
  const answer = ask('trace/walk-s4', { from: 'b1', to: 'localhost:8080' });
  expect(answer.result).toBe('reachable');
  expect(answer.paths[0]?.legs[0]?.hops.map(({ place }) => place.name)).toEqual(['b1']);
  expect(answer.paths[0]?.serverSees).toEqual({ peer: '127.0.0.1' });
});

test('a pod that reaches itself through its Service is masqueraded to the bridge', () => {
  const answer = ask('trace/walk-s4', { from: 'b1', to: 'svc/api', dns: false });
  expect(answer.result).toBe('reachable');
  expect(answer.paths[0]?.serverSees).toEqual({ peer: '10.244.2.1' });
});

test('without br_netfilter the answer of a pod on the same bridge is lost', () => {
  const answer = ask(
    'trace/my-service-dns',
    { from: 'client', to: 'svc/my-service', dns: false },
    {
      set: [
        'nodes=[{name: only, addresses: [10.0.0.11], podCIDRs: [10.244.1.0/24], sysctls: {net.bridge.bridge-nf-call-iptables: 0}}]',
      ],
    },
  );
  expect(answer.paths.map(({ disposition, reason }) => [disposition, reason])).toEqual([
    ['reply-lost', 'bridge-netfilter-off'],
  ]);
});
