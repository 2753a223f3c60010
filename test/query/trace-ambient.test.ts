/**
 * Connections through ztunnel. What each test expects is of istio/ztunnel (src/proxy/outbound.rs build_request,
 * src/proxy/inbound.rs, src/proxy/inbound_passthrough.rs), istio/istio (cni/pkg/iptables/iptables.go,
 * pilot/pkg/serviceregistry/ambient) and istio.io (docs/ambient/usage/networkpolicy).
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadSnapshot, type TraceAnswer, type TraceQuestion, traceQuestion } from '../../src/index.ts';
import { ask } from './ask.ts';

const FILE = 'fixtures/trace/ambient/manifests/ambient.yaml';

function ambient(from: string, to: string, question: Partial<TraceQuestion> = {}): TraceAnswer {
  return ask('trace/ambient', { from, to, dns: false, ...question }, { cni: 'calico' });
}

type Path = TraceAnswer['paths'][number];

/** `10.244.1.5:40000 → 10.96.0.20:80`, of the first packet of each connection. */
function connections({ legs }: Path): readonly string[] {
  return legs.flatMap(({ hops }) => {
    const packet = hops[0]?.steps[0]?.packet;
    return packet === undefined ? [] : [`${packet.src} → ${packet.dst}`];
  });
}

function redirects({ legs }: Path): readonly (readonly unknown[])[] {
  return legs.flatMap(({ hops }) =>
    hops.flatMap(({ steps }) =>
      steps.flatMap(({ changes = [], where }) =>
        changes
          .filter(({ nat }) => nat === 'redirect')
          .map(({ from, to }) => [from, to, where?.chain?.at(-1)]),
      ),
    ),
  );
}

const cause = ({ diagnostics }: TraceAnswer) => diagnostics.find(({ severity }) => severity === 'error');
const codes = ({ diagnostics }: TraceAnswer) => diagnostics.map(({ code }) => code);

test('ztunnel to ztunnel: HBONE to port 15008, and the application sees the address of the client', () => {
  const answer = ambient('shop/web', 'shop/svc/reviews:80');
  const [path] = answer.paths as [Path];
  expect(answer.result).toBe('reachable');
  expect(path.backends).toEqual(['shop/reviews']);
  expect(connections(path)).toEqual([
    '10.244.1.5:40000 → 10.96.0.20:80',
    '10.244.1.5:40001 → 10.244.2.7:15008',
    '10.244.1.5:40002 → 10.244.2.7:9080',
  ]);
  expect(redirects(path)).toEqual([['10.96.0.20:80', '127.0.0.1:15001', 'ISTIO_OUTPUT']]);
  expect(path.serverSees?.peer).toBe('10.244.1.5');
  for (const { reply } of path.legs) expect(reply?.disposition).toBe('accepted');
});

test('the answer of the application finds ztunnel by the mark of its connection', () => {
  const [path] = ambient('shop/web', 'shop/svc/reviews:80').paths as [Path];
  const back = path.legs.at(-1)?.reply?.hops ?? [];
  expect(back.map(({ place }) => `${place.kind}/${place.name}`)).toEqual(['pod/reviews', 'proxy/reviews']);
  expect(back.at(-1)?.steps.at(-1)).toMatchObject({
    kind: 'accept',
    packet: { src: '10.244.2.7:9080', dst: '10.244.1.5:40002' },
  });
});

test('a NetworkPolicy that allows the port of the application alone denies HBONE', () => {
  const answer = ambient('shop/web', 'shop/svc/ratings:80');
  const [path] = answer.paths as [Path];
  expect(path).toMatchObject({ disposition: 'denied-ingress', symptom: 'reset', backends: ['shop/ratings'] });
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line: 73 });
  expect(codes(answer)).toContain('istio-hbone-port');
});

test('from outside the mesh the same policy sees the port of the application', () => {
  const [path] = ambient('legacy/client', 'shop/svc/ratings:80').paths as [Path];
  expect(path).toMatchObject({ disposition: 'accepted', serverSees: { peer: '10.244.1.20' } });
  expect(redirects(path)).toEqual([['10.244.2.8:9080', '10.244.2.8:15006', 'ISTIO_PRERT']]);
});

test.each([
  { title: 'plaintext to STRICT', from: 'legacy/client', line: 97 },
  { title: 'an identity that no policy allows', from: 'shop/other', line: 102 },
])('$title: ztunnel closes the connection', ({ from, line }) => {
  const answer = ambient(from, 'shop/svc/details:80');
  expect(answer.paths[0]).toMatchObject({
    disposition: 'denied-l7',
    symptom: 'reset',
    backends: ['shop/details'],
  });
  expect(cause(answer)?.sources?.[0]).toMatchObject({ file: FILE, line });
});

test('the identity of the client is that of its service account, by the Service and by the pod', () => {
  for (const to of ['shop/svc/details:80', 'shop/pod/details:9080']) {
    expect(ambient('shop/web', to).result, to).toBe('reachable');
  }
});

test('a Service of pods outside the mesh: ztunnel chooses the pod, in plaintext', () => {
  const [path] = ambient('shop/web', 'legacy/svc/store:5432').paths as [Path];
  expect(connections(path)).toEqual([
    '10.244.1.5:40000 → 10.96.0.23:5432',
    '10.244.1.5:40001 → 10.244.2.21:5432',
  ]);
  expect(path.serverSees?.peer).toBe('10.244.1.5');
});

test('what ztunnel does not know is passed on as dialled', () => {
  const [path] = ambient('shop/web', '198.51.100.7:443').paths as [Path];
  expect(connections(path)[1]).toBe('10.244.1.5:40001 → 198.51.100.7:443');
  expect(path.disposition).toBe('exits-cluster');
});

test('to a sidecar goes HBONE, and its Envoy delivers as ever', () => {
  const [path] = ambient('shop/web', 'old/svc/side:80').paths as [Path];
  expect(connections(path).slice(1)).toEqual([
    '10.244.1.5:40001 → 10.244.2.30:15008',
    '127.0.0.6:40002 → 10.244.2.30:8080',
  ]);
  expect(path.serverSees?.headers?.['X-Forwarded-Client-Cert']).toContain(
    'URI=spiffe://cluster.local/ns/shop/sa/web',
  );
});

test('from a sidecar goes HBONE, with the identity of its pod', () => {
  const [path] = ambient('old/side', 'http://reviews.shop/', { dns: true }).paths as [Path];
  expect(connections(path).slice(1)).toEqual([
    '10.244.2.30:40000 → 10.96.0.20:80',
    '10.244.2.30:40001 → 10.244.2.7:15008',
    '10.244.2.30:40002 → 10.244.2.7:9080',
  ]);
  const denied = ambient('old/side', 'http://details.shop/', { dns: true });
  expect(denied.paths[0]).toMatchObject({ disposition: 'denied-l7', symptom: 'http-503' });
});

test('calls of a pod to itself do not meet ztunnel', () => {
  const [path] = ambient('shop/web', '10.244.1.5:8080').paths as [Path];
  expect(path).toMatchObject({ disposition: 'accepted' });
  expect(redirects(path)).toEqual([]);
});

test('port 15008 takes HBONE alone', () => {
  const [path] = ambient('legacy/client', 'shop/pod/reviews:15008').paths as [Path];
  expect(path).toMatchObject({ disposition: 'denied-l7', symptom: 'reset' });
});

test('that pods are enrolled is assumed where only labels say it', () => {
  const found = ambient('shop/web', 'shop/svc/reviews:80').assumptions.find(
    ({ code }) => code === 'A_AMBIENT',
  );
  expect(found).toMatchObject({
    values: [
      'shop/web (namespace label istio.io/dataplane-mode=ambient)',
      'shop/reviews (namespace label istio.io/dataplane-mode=ambient)',
    ],
    decisive: false,
  });
});

test('ztunnel answers the name of a Service in the pod: no policy is asked', () => {
  const text = `${readFileSync(FILE, 'utf8')}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: no-dns, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{ports: [{port: 15008}]}]
`;
  const snapshot = (manifests: string) =>
    loadSnapshot({
      files: [{ name: 'all.yaml', text: manifests }],
      profile: { flags: { set: [], cni: 'calico' } },
    });
  const asked = { from: 'shop/web', to: 'http://reviews/', dns: true };
  expect(traceQuestion(snapshot(text), asked)).toMatchObject({ result: 'reachable' });
  const optedOut = text.replace(
    'name: web, namespace: shop, labels: {app: web}',
    'name: web, namespace: shop, labels: {app: web}, annotations: {ambient.istio.io/dns-capture: "false"}',
  );
  expect(traceQuestion(snapshot(optedOut), asked).paths[0]).toMatchObject({
    disposition: 'name-unavailable',
  });
});
