/** Policies in the walk: where they stop a packet, why, and what would let it pass. */

import { describe, expect, test } from 'vitest';
import type { TraceAnswer } from '../../src/index.ts';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';
import { podYaml, policyYaml, world } from '../policy/world.ts';
import { ask, snapshotOf } from './ask.ts';

const FIXTURE = 'trace/denied';

function steps(answer: TraceAnswer) {
  return answer.paths.flatMap(({ legs }) =>
    legs.flatMap(({ hops }) =>
      hops.flatMap((hop) => hop.steps.map((step) => ({ ...step, at: hop.place.name }))),
    ),
  );
}

describe('a pod that three policies isolate, none of which admits the client', () => {
  const answer = ask(FIXTURE, { from: 'shop/web-0', to: 'shop/db-0:5432' });
  const [path] = answer.paths;
  const [cause] = answer.diagnostics;

  test('the packet is dropped on the node of the receiver', () => {
    expect(path).toMatchObject({
      disposition: 'denied-ingress',
      reason: 'isolated-no-rule-matches',
      symptom: 'timeout',
      policy: { egress: 'allow', ingress: 'deny' },
    });
    const last = steps(answer).at(-1);
    expect(last).toMatchObject({
      kind: 'policy',
      verdict: 'deny',
      at: snapshotOf(FIXTURE).cluster.podByKey.get('shop/db-0')?.node,
      detail: { direction: 'ingress', isolatedBy: ['db-allow-api', 'db-metrics', 'default-deny'] },
    });
  });

  test('every isolating policy is named, with what each rule misses', () => {
    expect(cause?.code).toBe('isolated-no-rule-matches');
    expect(cause?.sources?.map(({ object, path: at, label, role }) => [object, at, label, role])).toEqual([
      [
        'networkpolicy/shop/db-allow-api',
        'spec.ingress[0].from[0].podSelector.matchLabels.app',
        'web-0 has app=web',
        'near-miss',
      ],
      ['networkpolicy/shop/db-metrics', 'spec.ingress[0].ports[0]', 'port 9187, not 5432', 'isolates'],
      ['networkpolicy/shop/default-deny', 'spec.policyTypes', 'no rule', 'isolates'],
    ]);
  });

  test('the smallest edit, made to the text, opens this path and no other', () => {
    const [help] = cause?.help ?? [];
    expect(help?.opens).toEqual(['shop/web → shop/db:5432']);
    const { files } = snapshotOf(FIXTURE);
    const edited = files.map(({ name, text }) => {
      if (name !== help?.edit?.source.file) return { name, text };
      const lines = text.split('\n');
      lines.splice(help.edit.source.line - 1, 0, (help.edit.insert ?? '').replace(/\n$/, ''));
      return { name, text: lines.join('\n') };
    });
    const after = loadSnapshot({ files: edited, profile: { flags: { set: [] } } });
    const question = { from: 'shop/web-0', to: 'shop/db-0:5432', dns: true };
    expect(traceQuestion(after, question).result).toBe('reachable');
    expect(traceQuestion(after, { ...question, to: 'shop/db-0:5433' }).result).toBe('unreachable');
  });
});

describe('who may connect', () => {
  test('a rule that admits is cited', () => {
    const answer = ask(FIXTURE, { from: 'shop/api', to: 'shop/svc/db', dns: false });
    expect(answer.result).toBe('reachable');
    const looks = steps(answer).filter(({ kind }) => kind === 'policy');
    expect(looks.map(({ verdict, text }) => [verdict, text])).toEqual([
      ['allow', 'egress: api#1 not isolated'],
      ['allow', 'ingress: db-allow-api ingress[0] allows'],
    ]);
    expect(looks[1]?.because?.map(({ path }) => path)).toEqual(['spec.ingress[0]']);
  });

  test('no answer is judged: it belongs to the connection', () => {
    const answer = ask(FIXTURE, { from: 'shop/api', to: 'shop/svc/db' });
    const back = answer.paths.flatMap(({ legs }) => legs.flatMap(({ reply }) => reply?.hops ?? []));
    expect(back.length).toBeGreaterThan(0);
    expect(back.flatMap((hop) => hop.steps).filter(({ kind }) => kind === 'policy')).toEqual([]);
  });

  test('the node of the pod always may: the kubelet probes', () => {
    const { cluster } = snapshotOf(FIXTURE);
    const own = cluster.podByKey.get('shop/db-0')?.node ?? '';
    const other = cluster.nodes.find(({ name }) => name !== own)?.name ?? '';
    expect(ask(FIXTURE, { from: `node/${own}`, to: 'shop/db-0:5432' }).result).toBe('reachable');
    expect(ask(FIXTURE, { from: `node/${other}`, to: 'shop/db-0:5432' }).result).toBe('unreachable');
  });
});

describe('whether policies count', () => {
  const question = { from: 'shop/web-0', to: 'shop/db-0:5432' };

  test('that somebody enforces them is assumed, and decides', () => {
    const { assumptions } = ask(FIXTURE, question);
    expect(assumptions.find(({ code }) => code === 'A_POLICY_ENGINE')?.decisive).toBe(true);
    const allowed = ask(FIXTURE, { ...question, from: 'shop/api' }).assumptions;
    expect(allowed.find(({ code }) => code === 'A_POLICY_ENGINE')?.decisive).toBe(false);
  });

  test('--strict does not answer what the assumption decides', () => {
    expect(ask(FIXTURE, { ...question, strict: true }).result).toBe('undetermined');
  });

  test('plain flannel enforces none: the packet arrives, both verdicts are told, and a note', () => {
    const answer = ask(FIXTURE, question, { cni: 'flannel' });
    expect(answer.result).toBe('reachable');
    expect(answer.paths[0]?.policy).toEqual({ egress: 'allow', ingress: 'deny' });
    expect(answer.diagnostics.map(({ code }) => code)).toEqual(['policy-not-enforced']);
  });

  test('--ignore-policies goes on, and never calls it allowed', () => {
    const answer = ask(FIXTURE, { ...question, policies: 'ignored' });
    expect(answer.result).toBe('reachable');
    expect(answer.paths[0]?.policy).toEqual({ egress: 'allow', ingress: 'deny' });
    expect(steps(answer).filter(({ verdict }) => verdict === 'ignored')).toMatchObject([
      { kind: 'policy', text: 'ingress: would deny (ignored)' },
    ]);
  });
});

describe('an egress policy that forgets the look-up', () => {
  const answer = ask('trace/denied-dns', { from: 'shop/web-0', to: 'svc/api:80' });
  const [cause, note] = answer.diagnostics;

  test('the question is dropped on its way; the program is told to try again', () => {
    expect(answer.paths).toMatchObject([
      {
        disposition: 'name-unavailable',
        reason: 'dns-denied-egress',
        symptom: 'name-try-again',
        legs: [{ purpose: 'lookup' }],
      },
    ]);
    expect(steps(answer).at(-1)).toMatchObject({
      kind: 'policy',
      verdict: 'deny',
      packet: { protocol: 'udp' },
    });
  });

  test('policies admit the connection itself, and that is told', () => {
    expect(answer.paths[0]?.policy).toEqual({ egress: 'allow', ingress: 'allow' });
    expect(note).toMatchObject({ severity: 'info', code: 'reachable-otherwise' });
  });

  test('the edit admits port 53 of the DNS pods, and nothing else', () => {
    expect(cause?.code).toBe('dns-denied-egress');
    const opens = cause?.help?.[0]?.opens;
    expect(opens).toEqual(['shop/web-0 → kube-system/coredns:TCP 53; UDP 53']);
  });

  test('an address needs no look-up', () => {
    expect(ask('trace/denied-dns', { from: 'shop/web-0', to: 'svc/api:80', dns: false }).result).toBe(
      'reachable',
    );
  });
});

test('blocks of IPv6 addresses are explained, and edited, as any other', () => {
  const text = [
    podYaml('shop/web', 'app=web'),
    podYaml('shop/db', 'app=db'),
    policyYaml('shop/six', 'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "2001:db8::/32"}}]}]'),
  ].join('\n');
  const answer = traceQuestion(world(text), { from: 'shop/web', to: 'shop/db:80', dns: false });
  expect(answer.paths[0]).toMatchObject({ disposition: 'denied-ingress' });
  expect(answer.diagnostics[0]?.help?.[0]?.opens).toEqual(['shop/web → shop/db:80']);
});

test('hosts by name may be what is asked for: the answer depends on it', () => {
  const text = [
    podYaml('shop/web', 'app=web'),
    '---',
    'apiVersion: policy.networking.k8s.io/v1alpha2',
    'kind: ClusterNetworkPolicy',
    'metadata: {name: out}',
    'spec:',
    '  tier: Admin',
    '  priority: 1',
    '  subject: {namespaces: {}}',
    '  egress:',
    '  - {action: Accept, to: [{domainNames: ["*.example.com"]}]}',
    '  - {action: Deny, to: [{networks: [0.0.0.0/0]}]}',
  ].join('\n');
  const question = { from: 'shop/web', to: '203.0.113.9:443', dns: false };
  const answer = traceQuestion(world(text), question);
  expect(answer.paths[0]).toMatchObject({ disposition: 'denied-egress', reason: 'admin-deny' });
  expect(answer.assumptions.some(({ code, decisive }) => code === 'A_UNMODELLED' && decisive)).toBe(true);
  expect(traceQuestion(world(text), { ...question, strict: true }).result).toBe('undetermined');
});

test('what a node sends to a pod on itself is let in, and the answer says so', () => {
  const text = [
    podYaml('shop/db', 'app=db'),
    policyYaml('shop/deny', 'podSelector: {}, policyTypes: [Ingress]'),
  ].join('\n');
  const snapshot = world(text);
  const node = snapshot.cluster.podByKey.get('shop/db')?.node;
  const { paths } = traceQuestion(snapshot, { from: `node/${node}`, to: 'shop/db:80', dns: false });
  expect(paths[0]).toMatchObject({ disposition: 'accepted', policy: { egress: 'allow', ingress: 'allow' } });
});

test('a backend in its node’s network is named where the way to it is denied', () => {
  const text = `${podYaml('shop/web', 'app=web')}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, containers: [{name: c}]}
---
apiVersion: v1
kind: Service
metadata: {name: agent, namespace: shop}
spec: {selector: {app: agent}, ports: [{port: 80, targetPort: 8080}]}
${policyYaml('shop/deny', 'podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]')}`;
  const { paths } = traceQuestion(world(text), { from: 'shop/web', to: 'shop/svc/agent', dns: false });
  expect(paths).toMatchObject([{ disposition: 'denied-egress', backends: ['shop/agent'] }]);
});
