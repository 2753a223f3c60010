import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { printDiagnostics, readTexts } from './objects.ts';

const pod = (name: string, more = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}${more}}\nspec: {containers: [{name: c}]}\n`;

describe('which documents are objects', () => {
  test('those without an apiVersion are not, whatever they are', () => {
    const set = readTexts([
      'kind: Pod\nmetadata: {name: a}\n',
      'replicas: [1\n',
      '- a\n',
      'name: {{ .Values.x }}\n',
    ]);
    expect(set.diagnostics).toEqual([]);
    expect(set.counts.size).toBe(0);
  });

  test('one without a kind is reported', () => {
    const set = readTexts(['metadata: {name: a}\napiVersion: v1\n']);
    expect(set.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['missing-kind', 'warning'],
    ]);
    expect(printDiagnostics(set.diagnostics)).toEqual(["2:13 Object 'Kind' is missing"]);
  });

  test('kinds that nobody reads are counted, and parsed when asked for', () => {
    const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\ndata:\n  b: c\n';
    const set = readTexts([broken, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n', pod('web')]);
    expect([...set.counts]).toEqual([
      ['Pod', 1],
      ['ConfigMap', 2],
    ]);
    expect(set.diagnostics).toEqual([]);
    const maps = set.otherOfKind('ConfigMap');
    expect(maps.map(({ name, namespace }) => `${namespace}/${name}`)).toEqual(['shop/', 'shop/b']);
    expect(set.diagnostics.map(({ code }) => code)).toEqual(['yaml-syntax']);
    expect(maps[0]?.raw).toBeUndefined();
  });

  test('a foreign group’s kind is not ours; an old version of ours is', () => {
    const set = readTexts([
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a}\n',
      'apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n',
      'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: b}\nspec: {template: {spec: {containers: [{name: c}]}}}\n',
      'apiVersion: batch/v2alpha1\nkind: CronJob\nmetadata: {name: c}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}\n',
    ]);
    expect(set.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Deployment b',
      'CronJob c',
    ]);
    expect(set.others.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'serving.knative.dev/v1 Service',
      'v1 Deployment',
    ]);
    expect(set.diagnostics.map(({ code }) => code)).toEqual([
      'unknown-kind',
      'deprecated-version',
      'deprecated-version',
    ]);
  });

  test.each([
    ['v1', 'Deployment', 'did you mean apiVersion: apps/v1?'],
    ['apps/v1', 'Service', 'did you mean apiVersion: v1?'],
    ['v1', 'service', 'did you mean kind: Service?'],
    ['v1', 'Servcie', 'did you mean kind: Service?'],
    ['networking.k8s.io/v1', 'Networkpolicy', 'did you mean kind: NetworkPolicy?'],
    ['gateway.networking.k8s.io/v1', 'HttpRoute', 'did you mean kind: HTTPRoute?'],
  ])('a kind that is nearly one: %s %s', (apiVersion, kind, help) => {
    const set = readTexts([`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`]);
    expect(printDiagnostics(set.diagnostics)).toEqual([
      `2:7 no matches for kind "${kind}" in version "${apiVersion}"`,
    ]);
    expect(set.diagnostics[0]?.help?.map(({ text }) => text)).toEqual([help]);
    expect(set.others.map((other) => other.kind)).toEqual([kind]);
  });

  test.each([
    ['serving.knative.dev/v1', 'Service'],
    ['projectcalico.org/v3', 'Node'],
    ['v1', 'ServiceAccount'],
    ['v1', 'Secret'],
    ['networking.k8s.io/v1', 'ServiceCIDR'],
    ['gateway.networking.k8s.io/v1', 'Service'],
  ])('a kind of somebody else, or one that nobody reads: %s %s', (apiVersion, kind) => {
    const set = readTexts([`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`]);
    expect(set.diagnostics).toEqual([]);
  });
});

describe('documents that look like objects, beside objects', () => {
  const beside = (text: string) => readTexts([`${pod('a')}---\n${text}`]);

  test.each([
    ['no apiVersion', 'kind: Service\nmetadata: {name: s}\n', ["6:7 Object 'apiVersion' is missing"]],
    [
      'a number',
      'apiVersion: 1\nkind: Service\nmetadata: {name: s}\n',
      ['6:13 apiVersion: must be a string'],
    ],
    [
      'an empty one',
      'apiVersion: ""\nkind: Service\nmetadata: {name: s}\n',
      ["6:13 Object 'apiVersion' is missing"],
    ],
    [
      'no name',
      'apiVersion: v1\nkind: Service\nmetadata: {namespace: x}\n',
      ['8:1 metadata.name: Required value'],
    ],
    [
      'a list of objects',
      '- {apiVersion: v1, kind: Service, metadata: {name: s}}\n',
      ['6:1 a list is no object; its items are left out'],
    ],
    [
      'items that are no list',
      'apiVersion: v1\nkind: List\nitems: {a: 1}\n',
      ['8:1 items: must be an array'],
    ],
    [
      'items that are no objects',
      'apiVersion: v1\nkind: List\nitems: [null, 5, {kind: Pod, metadata: {name: q}}, {apiVersion: v1}]\n',
      [
        '8:9 items[0]: must be an object',
        '8:15 items[1]: must be an object',
        "8:25 Object 'apiVersion' is missing",
        "8:65 Object 'Kind' is missing",
      ],
    ],
  ])('%s', (_name, text, messages) => {
    const set = beside(text);
    expect(printDiagnostics(set.diagnostics)).toEqual(messages);
    expect(set.objects.map(({ metadata }) => metadata.name)).toEqual(['a']);
  });

  test.each([
    ['the file of another program', 'apiVersion: 1\nproviders: []\n'],
    ['a kind without metadata', 'kind: Cluster\nnodes: []\n'],
    ['values', 'a: 1\n'],
    ['a list of operations', '- {op: add, path: /spec}\n'],
  ])('nothing is said of %s', (_name, text) => expect(beside(text).diagnostics).toEqual([]));
});

describe('lists', () => {
  test('a dump of a cluster', () => {
    const set = readTexts([readFileSync('fixtures/input/live-list/pods.json', 'utf8')], { stored: true });
    expect(set.diagnostics).toEqual([]);
    expect([...set.counts]).toEqual([
      ['Pod', 1],
      ['Secret', 1],
    ]);
    const [web] = set.ofKind('Pod');
    expect(web?.origin.path).toEqual(['items', 0]);
    expect(web?.metadata).toMatchObject({
      namespace: 'shop',
      creationTimestamp: '2024-05-01T10:00:00Z',
      owners: [{ kind: 'StatefulSet', name: 'web', controller: true }],
    });
    expect(web?.body).toMatchObject({
      phase: 'Running',
      ready: true,
      podIps: [{ text: '10.244.1.5' }, { text: 'fd00:10:244:1::5' }],
      template: { spec: { nodeName: 'node-a' }, path: [] },
    });
    expect(set.others[0]).toMatchObject({ kind: 'Secret', name: 'token', namespace: 'shop' });
  });

  test('items of a typed list may leave out their type', () => {
    const set = readTexts([
      'apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n  spec: {ports: [{port: x}]}\n- 5\n',
    ]);
    expect(set.ofKind('Service').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(printDiagnostics(set.diagnostics)).toEqual([
      '6:3 items[1]: must be an object',
      '5:25 spec.ports[0].port: Invalid value: "x": must be an integer',
    ]);
  });

  test('a List of Lists, an empty one, and a kind that only ends so', () => {
    const set = readTexts([
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: Namespace, metadata: {name: a}}]\n`,
      'apiVersion: v1\nkind: List\nitems: []\n',
      'apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: b}\n',
    ]);
    expect([...set.counts]).toEqual([
      ['Namespace', 1],
      ['AllowList', 1],
    ]);
    expect(set.ofKind('Namespace')[0]?.origin.path).toEqual(['items', 0, 'items', 0]);
  });
});

describe('the same object twice', () => {
  test('the last one counts, and one diagnostic names both places', () => {
    const set = readTexts([
      pod('web', ', labels: {v: "1"}'),
      pod('web', ', namespace: shop, labels: {v: "2"}'),
    ]);
    expect(set.ofKind('Pod').map(({ metadata }) => metadata.labels.get('v'))).toEqual(['2']);
    expect(set.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['duplicate-object', 'warning'],
    ]);
    expect(printDiagnostics(set.diagnostics)).toEqual([
      '3:18 3:18 pod/shop/web is written twice; the last one counts',
    ]);
    const files = set.diagnostics[0]?.sources.map(({ at }) =>
      'document' in at ? at.document.file.name : '',
    );
    expect(files).toEqual(['1.yaml', '0.yaml']);
  });

  test('another namespace or kind is another object; an older group is the same', () => {
    const deployment = (apiVersion: string) =>
      `apiVersion: ${apiVersion}\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c}]}}}\n`;
    const set = readTexts([
      pod('web'),
      pod('web', ', namespace: other'),
      deployment('extensions/v1beta1'),
      deployment('apps/v1'),
    ]);
    expect(
      set.objects.map(({ kind, metadata, apiVersion }) => `${apiVersion} ${kind} ${metadata.namespace}`),
    ).toEqual(['v1 Pod shop', 'v1 Pod other', 'apps/v1 Deployment shop']);
    expect(set.diagnostics.map(({ code }) => code)).toEqual(['duplicate-object', 'deprecated-version']);
  });

  test('generated names are never the same', () => {
    const job =
      'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\nspec: {template: {spec: {containers: [{name: c}]}}}\n';
    const set = readTexts([job, job]);
    expect(set.ofKind('Job').map(({ metadata }) => metadata.name)).toEqual(['run-#1', 'run-#2']);
    expect(set.diagnostics).toEqual([]);
  });
});

test('cluster-scoped kinds are in no namespace', () => {
  const set = readTexts(['apiVersion: v1\nkind: Node\nmetadata: {name: a, namespace: x}\n']);
  expect(set.ofKind('Node')[0]?.metadata.namespace).toBe('');
});
