/** What articles on Kubernetes networking tell, part by part: names of a Service, variables, and the roads of a packet. */

import { describe, expect, test } from 'vitest';
import {
  dnsConfigQuestion,
  dnsLookupQuestion,
  envQuestion,
  type TraceAnswer,
  traceQuestion,
} from '../../src/index.ts';
import { askWorld } from '../dataplane/two-nodes.ts';
import { ask, snapshotOf } from '../query/ask.ts';

type Path = TraceAnswer['paths'][number];

/** The port that the server's process accepts on. */
function acceptedPorts({ paths }: TraceAnswer): readonly (string | undefined)[] {
  return paths.map(({ legs }) => legs.at(-1)?.hops.at(-1)?.steps.at(-1)?.packet?.dst.split(':')[1]);
}

describe('example 3: my-service, 80 to 9376', () => {
  const snapshot = snapshotOf('trace/my-service-dns');
  const ip = snapshot.control.serviceByKey.get('default/my-service')?.clusterIps[0]?.text;

  test.each([
    'my-service',
    'my-service.default',
    'my-service.default.svc',
    'my-service.default.svc.cluster.local',
  ])('%s resolves to the Service, and port 80 of it reaches 9376', (name) => {
    const found = dnsLookupQuestion(snapshot, { name, from: 'client' });
    expect(found.result).toMatchObject({
      addresses: [ip],
      canonicalName: 'my-service.default.svc.cluster.local.',
    });
    const answer = traceQuestion(snapshot, { from: 'client', to: `http://${name}`, dns: true });
    expect(answer.result).toBe('reachable');
    expect(answer.paths.flatMap(({ backends }) => backends)).toEqual([
      'default/my-app#1',
      'default/my-app#2',
    ]);
    expect(acceptedPorts(answer)).toEqual(['9376', '9376']);
  });
});

describe('example 4: dnsPolicy ClusterFirst, and variables by hand', () => {
  const snapshot = snapshotOf('env/my-service');

  test('ClusterFirst: the cluster DNS, the search list of the namespace, ndots 5', () => {
    const { dnsPolicy, resolvConf } = dnsConfigQuestion(snapshot, 'told');
    expect(dnsPolicy).toBe('ClusterFirst');
    expect(resolvConf.text).toBe(
      'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    );
  });

  // kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go makeEnvironmentVariables: env wins over Services.
  test.each([
    ['MY_SERVICE_SERVICE_HOST', '10.0.0.1'],
    ['MY_SERVICE_SERVICE_PORT', '80'],
  ])('%s: the entry by hand wins, and the one of the Service is told as lost', (variable, value) => {
    const all = envQuestion(snapshot, { pod: 'by-hand' }).variables.filter(({ name }) => name === variable);
    const won = all.filter(({ overriddenBy }) => overriddenBy === undefined);
    expect(won.map((each) => [each.from, each.value])).toEqual([['env', value]]);
    const lost = all.filter(({ overriddenBy }) => overriddenBy !== undefined);
    expect(lost.map(({ service }) => service)).toEqual(['default/my-service']);
  });

  test('a program that goes by them is led to 10.0.0.1, not to the Service', () => {
    const to = '$(MY_SERVICE_SERVICE_HOST):$(MY_SERVICE_SERVICE_PORT)';
    const answer = traceQuestion(snapshot, { from: 'by-hand', to, dns: true });
    expect(answer.paths.flatMap(({ backends }) => backends)).not.toContain('default/server');
  });
});

describe('example 8: the roads of one packet', () => {
  /** `PLACE device` of what is received and sent, with bridges by name. */
  const road = (path: Path | undefined) =>
    path?.legs
      .at(-1)
      ?.hops.flatMap(({ place, steps }) =>
        steps
          .filter(({ kind }) => ['receive', 'transmit', 'bridge'].includes(kind))
          .map(
            ({ kind, where, packet }) =>
              `${place.name} ${kind} ${where?.in ?? where?.out} ttl ${packet?.ttl}`,
          ),
      );

  test('pod 1 eth0, veth0, bridge, veth1, pod 2 eth0: no translation, and the TTL stays', () => {
    const answer = askWorld({ cni: '{name: flannel}' }, { from: 'pod/a1', to: '10.244.1.6:8080' });
    const [path] = answer.paths;
    expect(road(path)).toEqual([
      'a1 transmit eth0 ttl 64',
      'node-a receive veth~a1 ttl 64',
      'node-a bridge cni0 ttl 64',
      'node-a transmit veth~a2 ttl 64',
      'a2 receive eth0 ttl 64',
    ]);
    expect(path?.serverSees).toEqual({ peer: '10.244.1.5' });
  });

  test('to a Service on another node: the address of the Service becomes that of the pod', () => {
    const answer = ask('trace/walk-s4', { from: 'a1', to: 'svc/api', dns: false }, { cni: 'flannel' });
    expect(answer.paths.map(({ backends, serverSees }) => ({ backends, serverSees }))).toEqual([
      { backends: ['default/b1'], serverSees: { peer: '10.244.1.5' } },
    ]);
    expect(acceptedPorts(answer)).toEqual(['8080']);
  });

  test('out to the internet: with the address of the node', () => {
    const answer = ask('trace/walk-s4', { from: 'a1', to: '198.51.100.7:443' });
    expect(answer.paths[0]).toMatchObject({
      disposition: 'exits-cluster',
      serverSees: { peer: '10.0.0.11' },
    });
  });

  test('in through an ingress controller: to the controller, and from it to a pod', () => {
    const answer = ask('trace/my-ingress', { from: 'internet', to: 'http://example.com/foo' });
    expect(answer.result).toBe('reachable');
    const [path] = answer.paths;
    expect(path?.legs.length).toBeGreaterThan(1);
    expect(new Set(acceptedPorts(answer))).toEqual(new Set(['8080']));
  });

  test('by the environment without a question, by DNS with one: the same pod', () => {
    const purposes = (to: string) => {
      const answer = ask('env/my-service', { from: 'told', to });
      expect(answer.paths.flatMap(({ backends }) => backends)).toEqual(['default/server']);
      return answer.paths[0]?.legs.map(({ purpose }) => purpose);
    };
    const [byEnv, byDns] = [purposes('$(MY_SERVICE_SERVICE_HOST):80'), purposes('http://my-service')];
    expect(byEnv).not.toContain('lookup');
    expect(byDns?.[0]).toBe('lookup');
  });
});
