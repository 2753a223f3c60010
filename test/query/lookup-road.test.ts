/** The look-up before a connection: docs/semantics/pod-view.md, rules V30 to V33. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, traceQuestion } from '../../src/index.ts';

const FOLDER = 'fixtures/dns/lookup-road';

interface Options {
  readonly to?: string;
  readonly set?: readonly string[];
  readonly more?: string;
  readonly family?: 4 | 6;
}

function trace(from: string, { to = 'svc/api', set = [], more, family }: Options = {}): TraceAnswer {
  const names = ['manifests/app.yaml', ...(more === undefined ? [] : [more])];
  const files = names.map((name) => ({
    name: `${FOLDER}/${name}`,
    text: readFileSync(`${FOLDER}/${name}`, 'utf8'),
  }));
  const snapshot = loadSnapshot({ files, profile: { flags: { set } } });
  return traceQuestion(snapshot, {
    from: `shop/${from}`,
    to,
    dns: true,
    ...(family === undefined ? {} : { family }),
  });
}

const ending = ({ paths: [path] }: TraceAnswer) => path?.disposition;
const texts = ({ diagnostics }: TraceAnswer) => diagnostics.map(({ text }) => text);
const lookup = ({ paths: [path] }: TraceAnswer) => path?.legs.find(({ purpose }) => purpose === 'lookup');
const resolved = (answer: TraceAnswer) =>
  lookup(answer)
    ?.hops.flatMap(({ steps }) => steps)
    .find(({ kind }) => kind === 'resolve');

test('a plain pod asks the cluster DNS through the network', () => {
  const answer = trace('plain');
  expect(ending(answer)).toBe('accepted');
  expect(lookup(answer)?.hops.map(({ place }) => place.kind)).toContain('resolver');
  expect(resolved(answer)?.text).toBe('api → api.shop.svc.cluster.local → 10.96.0.50');
});

describe('the hosts file comes first', () => {
  test('nobody is asked', () => {
    const answer = trace('aliased');
    expect(ending(answer)).toBe('accepted');
    expect(lookup(answer)).toMatchObject({
      hops: [{ place: { kind: 'pod', name: 'aliased' }, steps: [{ text: 'api → 10.96.0.50' }] }],
    });
    expect(resolved(answer)?.because?.[0]).toMatchObject({ line: 52, path: 'spec.hostAliases[0]' });
  });

  test('also where no DNS is there at all', () => {
    expect(ending(trace('aliased', { more: 'no-dns-pods.yaml' }))).toBe('accepted');
  });

  test('a name with the other family only is not asked for either', () => {
    const answer = trace('aliased', { to: 'http://only-six' });
    expect(ending(answer)).toBe('name-not-found');
    expect(texts(answer)[0]).toBe(
      '/etc/hosts of shop/aliased has no IPv4 address for only-six, and no name server is asked',
    );
  });

  test('a container with a file of its own does not see hostAliases', () => {
    const answer = trace('own-hosts');
    expect(resolved(answer)?.text).toBe('api → api.shop.svc.cluster.local → 10.96.0.50');
  });

  test('no search list is applied, and a final dot is not taken off', () => {
    expect(resolved(trace('aliased', { to: 'http://api.shop' }))?.text).toContain(
      'api.shop.svc.cluster.local',
    );
  });
});

describe('name servers', () => {
  test('no DNS pods: try again, and why', () => {
    const answer = trace('plain', { more: 'no-dns-pods.yaml' });
    expect(answer.paths[0]).toMatchObject({ disposition: 'name-unavailable', symptom: 'name-try-again' });
    expect(texts(answer)[0]).toBe(
      'api cannot be looked up: nobody answers at the name server 10.96.0.10 (no-endpoints)',
    );
    expect(answer.diagnostics[1]).toMatchObject({ code: 'selector-matches-no-pod' });
  });

  test('hostNetwork with ClusterFirst asks the node’s, which knows no Service', () => {
    const answer = trace('on-host');
    expect(ending(answer)).toBe('name-not-found');
    expect(answer.diagnostics[0]?.help?.[0]?.text).toBe('set dnsPolicy: ClusterFirstWithHostNet');
    expect(answer.assumptions.map(({ code }) => code)).toContain('A_NODE_FILES');
  });

  test('the node’s server is walked to where it is known', () => {
    const answer = trace('default-policy', { set: ['dns.nodeResolvConf=nameserver 198.51.100.53'] });
    expect(ending(answer)).toBe('name-not-found');
    const hops = lookup(answer)?.hops ?? [];
    expect(hops.at(-1)?.place).toMatchObject({ kind: 'resolver', name: '198.51.100.53' });
    expect(texts(answer)[0]).toContain('shop/default-policy asks 198.51.100.53, which does not know api');
  });

  test('a stub on the node’s loopback is the pod’s own loopback', () => {
    const set = ['dns.nodeResolvConf=nameserver 127.0.0.53'];
    const answer = trace('default-policy', { set });
    expect(ending(answer)).toBe('name-unavailable');
    expect(texts(answer)[0]).toBe(
      "api cannot be looked up: the name server 127.0.0.53 is the loopback of shop/default-policy itself, where nobody answers: it comes from the node's resolv.conf",
    );
    expect(ending(trace('on-host', { set }))).toBe('name-not-found');
  });

  test('the next one is asked where the first does not answer', () => {
    const answer = trace('own-servers');
    expect(ending(answer)).toBe('accepted');
    expect(answer.diagnostics.find(({ code }) => code === 'name-unavailable')).toMatchObject({
      severity: 'warning',
      text: 'nobody answers at the name server 10.96.9.9 (dropped)',
    });
  });
});
