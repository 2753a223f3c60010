/** What changes between two manifest sets. The fixtures are fixtures/ci/shop and shop-next. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { diffQuestion } from '../../src/query/diff/diff.ts';
import type { ChangeAnswer, DiffAnswer } from '../../src/query/diff/diff-answer.ts';
import { diffMarkdownRenderer } from '../../src/render/diff/markdown.ts';
import { diffTextRenderer } from '../../src/render/diff/text.ts';
import { snapshotOf } from '../query/ask.ts';
import { problems, publishedSchema } from '../query/published-schema.ts';

const VIEW = { width: 80, color: 0, unicode: true, level: 'default' } as const;
const { isClosedAnswer } = publishedSchema('diff');

const diff = (before: Snapshot, after: Snapshot) => diffQuestion(before, after, { old: 'old', new: 'new' });

function textsOf(name: string): readonly string[] {
  const folder = join('fixtures', name, 'manifests');
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}

function snapshot(texts: readonly string[], set: readonly string[] = []): Snapshot {
  const files = texts.map((text, index) => ({ name: `${index}.yaml`, text }));
  return loadSnapshot({ files, profile: { flags: { set } } });
}

/** `- connections shop/deploy/a → shop/deploy/b: TCP 80`. */
function lines({ added, removed, changed }: DiffAnswer): readonly string[] {
  const text = (mark: string) => (change: ChangeAnswer) =>
    `${mark} ${change.aspect} ${change.subject}: ${[change.before, change.after].filter((value) => value !== undefined).join(' ⇒ ')}`;
  return [...removed.map(text('-')), ...changed.map(text('~')), ...added.map(text('+'))];
}

/** Changes in the shop's own text: `from` becomes `to`. */
function edited(from: string, to: string): DiffAnswer {
  const texts = textsOf('ci/shop');
  expect(texts.join('\n')).toContain(from);
  return diff(snapshot(texts), snapshot(texts.map((text) => text.replace(from, to))));
}

test('the shop and its next version: text, Markdown, JSON', async () => {
  const answer = diff(snapshotOf('ci/shop'), snapshotOf('ci/shop-next'));
  await expect(diffTextRenderer.render(answer, VIEW)).toMatchFileSnapshot(
    '../../fixtures/ci/shop-next/expected.diff.txt',
  );
  await expect(diffMarkdownRenderer.render(answer, VIEW)).toMatchFileSnapshot(
    '../../fixtures/ci/shop-next/expected.diff.md',
  );
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  expect(answer.summary).toMatchObject({ lostConnections: 2, openedConnections: 1, newExposure: 2 });
});

const FIXTURES = [...readdirSync('fixtures/trace').map((name) => `trace/${name}`), 'ci/shop', 'ci/shop-next'];

describe('properties', () => {
  test.each(FIXTURES)('%s: no difference to itself', (name) => {
    const answer = diff(snapshotOf(name), snapshotOf(name));
    expect({ lines: lines(answer), objects: answer.objects }).toEqual({ lines: [], objects: [] });
    expect(diffTextRenderer.render(answer, VIEW)).toBe('old → new   no difference\n');
  });

  test.each(FIXTURES)('%s and the shop: both ways mirror each other', (name) => {
    const [a, b] = [snapshotOf(name), snapshotOf('ci/shop')];
    const [there, back] = [diff(a, b), diff(b, a)];
    const sides = (list: readonly ChangeAnswer[]) =>
      list.map(({ subject, before, after, from, to }) => ({ subject, before, after, from, to }));
    const swapped = (list: readonly ChangeAnswer[]) =>
      list.map(({ subject, before, after, from, to }) => ({
        subject,
        before: after,
        after: before,
        from,
        to,
      }));
    expect(sides(there.added)).toEqual(swapped(back.removed));
    expect(sides(there.removed)).toEqual(swapped(back.added));
    expect(sides(there.changed)).toEqual(swapped(back.changed));
    expect(there.summary.lostConnections).toBe(back.summary.openedConnections);
  });

  test.each(FIXTURES)('%s: files in another order, or as one, are no difference', (name) => {
    const texts = textsOf(name);
    const base = snapshot(texts);
    expect(lines(diff(base, snapshot(texts.toReversed())))).toEqual([]);
    expect(lines(diff(base, snapshot([texts.join('\n---\n')])))).toEqual([]);
  });

  test('what is invented is no difference: replicas, other objects before it, other ranges', () => {
    const texts = textsOf('ci/shop');
    const more = texts.map((text) => text.replaceAll('replicas: 2', 'replicas: 5'));
    expect(lines(diff(snapshot(texts), snapshot(more)))).toEqual([]);
    const moved = snapshot(texts, ['podCIDRs=[10.9.0.0/16]', 'serviceCIDRs=[10.8.0.0/16]']);
    expect(lines(diff(snapshot(texts), moved)).filter((line) => !line.includes('kube'))).toEqual([]);
  });
});

describe('one change', () => {
  test('a policy that admits nobody any more: the pair that is lost, and the line', () => {
    const answer = edited('matchLabels: { app: api }\n    ports', 'matchLabels: { app: nobody }\n    ports');
    expect(lines(answer)).toEqual(['- connections shop/deploy/api → shop/sts/db: TCP 5432']);
    expect(answer.summary).toMatchObject({ lostConnections: 1, openedConnections: 0 });
    expect(answer.removed[0]?.because).toMatchObject([
      {
        object: 'networkpolicy/shop/db',
        change: 'changed',
        line: 13,
        path: 'spec.ingress[0].from[0].podSelector.matchLabels.app',
      },
    ]);
  });

  test('a wider port range is opened, and nothing is lost', () => {
    const answer = edited('ports: [{ port: 5432 }]', 'ports: [{ port: 5432, endPort: 5440 }]');
    expect(lines(answer)).toEqual(['~ connections shop/deploy/api → shop/sts/db: TCP 5432 ⇒ TCP 5432-5440']);
    expect(answer.summary).toMatchObject({ lostConnections: 0, openedConnections: 1 });
  });

  test('an ipBlock splits the outside', () => {
    const answer = edited(
      '  - from:\n    - podSelector',
      '  - from:\n    - ipBlock: { cidr: 198.51.100.0/24 }\n    - podSelector',
    );
    expect(lines(answer)).toEqual([
      '+ connections outside 198.51.100.0-198.51.100.255 → shop/sts/db: TCP 5432',
    ]);
  });

  test('a Service without backends is a lost connection; a renamed one is another Service', () => {
    const lost = edited('selector: { app: api }\n  ports', 'selector: { app: apy }\n  ports');
    expect(lines(lost).filter((line) => line.includes(' connections '))).toEqual([
      '~ connections shop/svc/api:80: shop/deploy/api:8080 ⇒ no backend',
    ]);
    expect(lost.summary.lostConnections).toBe(1);
    const renamed = edited(
      'kind: Service\nmetadata:\n  name: api\n',
      'kind: Service\nmetadata:\n  name: api2\n',
    );
    expect(lines(renamed).filter((line) => line.includes(' names '))).toEqual([
      '- names api.shop.svc.cluster.local. A: address of shop/svc/api',
      '+ names api2.shop.svc.cluster.local. A: address of shop/svc/api2',
    ]);
    expect(renamed.summary.lostConnections).toBe(0);
    expect(renamed.removed.find(({ aspect }) => aspect === 'connections')).toMatchObject({
      subject: 'shop/svc/api:80',
      follows: 'removed',
    });
  });

  test('a variable of a container', () => {
    const answer = edited('value: http://api', 'value: http://api.shop');
    expect(lines(answer)).toEqual(['~ variables shop/deploy/web web API_URL: http://api ⇒ http://api.shop']);
    expect(answer.changed[0]).toMatchObject({ variables: ['API_URL'], because: [{ line: 25 }] });
  });

  test('a way in: new with a type, gone with a policy, other with its ranges', () => {
    const opened = edited(
      'spec:\n  selector: { app: api }',
      'spec:\n  type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8]\n  externalTrafficPolicy: Local\n  selector: { app: api }',
    );
    expect(lines(opened).filter((line) => line.includes('exposure'))).toEqual([
      '+ exposure load balancer → shop/svc/api:80: 10.0.0.0/8',
      '+ exposure node port → shop/svc/api:80: anyone',
    ]);
    const texts = textsOf('ci/shop');
    const deny = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress] }
`;
    const closed = diff(snapshot(texts), snapshot([...texts, deny]));
    const gone = closed.removed.filter(({ aspect }) => aspect === 'exposure');
    expect(gone.map(({ subject }) => subject)).toEqual(['node port → shop/svc/web:80']);
    expect(gone[0]?.because.map(({ object, change }) => `${object} ${change}`)).toEqual([
      'networkpolicy/shop/closed added',
    ]);
  });

  test('a route', () => {
    const answer = edited('- path: /api\n', '- path: /rest\n');
    expect(lines(answer).filter((line) => line.includes('routes'))).toEqual([
      '- routes ingress-nginx shop.example.com /api/: shop/api:80',
      '- routes ingress-nginx shop.example.com = /api: shop/api:80',
      '+ routes ingress-nginx shop.example.com /rest/: shop/api:80',
      '+ routes ingress-nginx shop.example.com = /rest: shop/api:80',
    ]);
    expect(answer.added[0]?.because[0]).toMatchObject({ object: 'ingress/shop/shop' });
  });

  test('a workload that a Service no longer finds explains the way in and the route that are gone', () => {
    const answer = edited('      labels: { app: api }', '      labels: { app: apis }');
    const causes = (aspect: string) =>
      [...answer.removed, ...answer.changed]
        .filter((change) => change.aspect === aspect)
        .map(({ subject, because }) => [subject, because.map(({ object, path }) => `${object} ${path}`)]);
    const label = ['deployment/shop/api spec.template.metadata.labels.app'];
    expect(causes('exposure')).toEqual([['host shop.example.com → shop/svc/api:80', label]]);
    expect(causes('routes')).toEqual([
      ['ingress-nginx shop.example.com /api/', label],
      ['ingress-nginx shop.example.com = /api', label],
    ]);
  });

  test('a slice that somebody wrote explains the backends and the name of its Service', () => {
    const slice = (address: string) => `apiVersion: v1
kind: Service
metadata: { name: legacy, namespace: shop }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: legacy-1, namespace: shop, labels: { kubernetes.io/service-name: legacy } }
addressType: IPv4
endpoints: [{ addresses: [${address}] }]
ports: [{ port: 8080 }]
`;
    const answer = diff(snapshot([slice('192.0.2.10')]), snapshot([slice('192.0.2.11')]));
    const because = [{ object: 'endpointslice/shop/legacy-1', path: 'endpoints[0].addresses[0]', line: 10 }];
    expect(answer.changed).toMatchObject([
      { aspect: 'connections', subject: 'shop/svc/legacy:80', because },
      { aspect: 'names', subject: 'legacy.shop.svc.cluster.local. A', because },
      { aspect: 'names', subject: 'legacy.shop.svc.cluster.local. SRV', because },
    ]);
  });

  test('a host of a route at a Gateway is a way in', () => {
    const texts = textsOf('ci/shop');
    const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: any, listeners: [{ name: http, protocol: HTTP, port: 80 }] }
`;
    const route = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [api.example.com]
  rules: [{ backendRefs: [{ name: api, port: 80 }] }]
`;
    const answer = diff(snapshot([...texts, gateway]), snapshot([...texts, gateway, route]));
    expect(answer.summary.newExposure).toBe(1);
    expect(answer.added.filter(({ aspect }) => aspect === 'exposure')).toMatchObject([
      {
        subject: 'host api.example.com at Gateway shop/edge → shop/svc/api:80',
        because: [{ object: 'httproute/shop/api', change: 'added' }],
      },
    ]);
  });

  test('a single pod is no pair with itself, in counts and in lists', () => {
    const pod = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }
spec: { containers: [{ name: c, image: x }] }
`;
    const closed = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: { podSelector: { matchLabels: { app: db } } }
`;
    const pods = [pod('web'), pod('db')];
    const { summary, removed } = diff(snapshot(pods), snapshot([...pods, closed]));
    expect(removed.map(({ from, to }) => [from, to])).toEqual([
      [['kube-system/deploy/coredns', 'shop/pod/web', 'outside'], ['shop/pod/db']],
    ]);
    expect(summary.lostConnections).toBe(3);
  });

  test('what changes nothing of that is counted', () => {
    const answer = edited('image: postgres', 'image: postgres:16');
    expect(lines(answer)).toEqual([]);
    expect(answer.objects).toMatchObject([{ object: 'statefulset/shop/db', change: 'changed' }]);
    expect(diffTextRenderer.render(answer, VIEW)).toBe(
      'old → new   no difference\n\n1 object differs and changes none of that (-v lists)\n',
    );
  });
});

test('findings are compared by fingerprint, each as often as it is there', () => {
  const place = { file: 'a.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
  const finding = (fingerprint: string, rule = 'service-no-backends') =>
    ({
      ...place,
      rule,
      severity: 'error',
      message: 'm',
      object: 'Service shop/a',
      path: 'spec',
      fingerprint,
    }) as const;
  const shop = snapshotOf('ci/shop');
  const answer = diffQuestion(shop, shop, {
    old: 'a',
    new: 'b',
    findings: { old: [finding('1'), finding('2')], new: [finding('1'), finding('1'), finding('3')] },
  });
  expect(lines(answer)).toEqual([
    '- findings error service-no-backends Service shop/a: m',
    '+ findings error service-no-backends Service shop/a: m',
    '+ findings error service-no-backends Service shop/a: m',
  ]);
  expect(answer.summary.newFindings).toBe(2);
});

test('only the aspects that are asked for', () => {
  const answer = diffQuestion(snapshotOf('ci/shop'), snapshotOf('ci/shop-next'), {
    old: 'a',
    new: 'b',
    aspects: ['routes'],
  });
  const all = [...answer.added, ...answer.removed, ...answer.changed];
  expect(new Set(all.map(({ aspect }) => aspect))).toEqual(new Set(['routes']));
});
