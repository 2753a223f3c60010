/** The variables of a container: docs/semantics/pod-view.md, rules V18 to V29. */

import { describe, expect, test } from 'vitest';
import { type EnvAnswer, envQuestion, loadSnapshot, traceQuestion } from '../../src/index.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isAnswer, isClosedAnswer } = publishedSchema('env');

function checked(answer: EnvAnswer): EnvAnswer {
  const read: unknown = JSON.parse(JSON.stringify(answer));
  expect(problems(isAnswer, read)).toEqual([]);
  expect(problems(isClosedAnswer, read)).toEqual([]);
  return answer;
}

function env(fixture: string, pod: string, container?: string): EnvAnswer {
  const question = { pod, ...(container === undefined ? {} : { container }) };
  return checked(envQuestion(snapshotOf(`env/${fixture}`), question));
}

function read(text: string, pod: string, stored = false): EnvAnswer {
  const flags = { set: [], stored };
  return checked(
    envQuestion(loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: { flags } }), { pod }),
  );
}

/** What counts for a name. */
function effective({ variables }: EnvAnswer, name: string) {
  return variables.find((each) => each.name === name && each.overriddenBy === undefined);
}

const codes = ({ caveats }: EnvAnswer) => caveats.map(({ code }) => code);
const texts = ({ caveats }: EnvAnswer) => caveats.map(({ text }) => text);

describe('a Service and its client', () => {
  test('what the kubelet tells, each with its line', () => {
    const answer = env('my-service', 'told');
    const own = answer.variables.filter(({ service }) => service === 'default/my-service');
    const ip = effective(answer, 'MY_SERVICE_SERVICE_HOST')?.value;
    expect(own.map(({ name, value, source }) => [name, value, source?.line])).toEqual([
      ['MY_SERVICE_SERVICE_HOST', ip, 4],
      ['MY_SERVICE_SERVICE_PORT', '80', 8],
      ['MY_SERVICE_PORT', `tcp://${ip}:80`, 8],
      ['MY_SERVICE_PORT_80_TCP', `tcp://${ip}:80`, 8],
      ['MY_SERVICE_PORT_80_TCP_PROTO', 'tcp', 8],
      ['MY_SERVICE_PORT_80_TCP_PORT', '80', 8],
      ['MY_SERVICE_PORT_80_TCP_ADDR', ip, 8],
    ]);
    expect(effective(answer, 'KUBERNETES_SERVICE_HOST')).toMatchObject({ value: '10.96.0.1' });
    expect(codes(answer)).toEqual(['env-snapshot']);
    expect(answer.assumptions.map(({ code }) => code)).toEqual(['A_CLUSTER_IP']);
  });

  test('entries by hand win', () => {
    const answer = env('my-service', 'by-hand');
    expect(effective(answer, 'MY_SERVICE_SERVICE_HOST')).toMatchObject({
      value: '10.0.0.1',
      from: 'env',
      source: { line: 29 },
    });
    expect(effective(answer, 'URL')?.value).toBe('http://10.0.0.1:80/');
    const lost = answer.variables.find(({ service, overriddenBy }) => service && overriddenBy);
    expect(lost).toMatchObject({
      name: 'MY_SERVICE_SERVICE_HOST',
      service: 'default/my-service',
      overriddenBy: { from: 'env', source: { line: 29 } },
    });
    expect(codes(answer)).toEqual(['env-snapshot', 'env-overridden', 'env-overridden']);
  });
});

describe('every source', () => {
  const answer = env('sources', 'shop/web-0');

  test.each([
    ['LOG_LEVEL', 'info'],
    ['LEVEL_BEFORE', 'debug'],
    ['API_SERVICE_HOST', '192.0.2.1'],
    ['greeting.text', 'hello\nworld'],
    ['POD_NAME', 'web-0'],
    ['TEAM', 'front'],
    ['NODE', 'node-a'],
    ['ACCOUNT', 'robot'],
    ['CPUS', '2'],
    ['MEMORY_MI', '100'],
    ['URL', 'http://192.0.2.1:80'],
    ['LOOP_A', '$(LOOP_B)'],
    ['LOOP_B', '$(LOOP_B)'],
    ['SELF', '$(SELF)x'],
    ['ESCAPED', '$(LOG_LEVEL)'],
    ['NOBODY', '$(NO_SUCH)'],
    ['API_SERVICE_PORT_DNS_UDP', '53'],
    ['API_PORT_53_UDP', 'udp://10.96.0.50:53'],
  ])('%s is %j', (name, value) => {
    expect(effective(answer, name)?.value).toBe(value);
  });

  test.each(['DB_PASSWORD', 'DB_USER', 'DB_HOST', 'DSN'])('%s is out of a Secret', (name) => {
    expect(effective(answer, name)).toMatchObject({ hidden: { reason: 'secret' } });
    expect(effective(answer, name)?.value).toBeUndefined();
  });

  test.each(['UID', 'HOST_MEMORY', 'NO_KEY'])('%s cannot be known', (name) => {
    expect(effective(answer, name)).toMatchObject({ hidden: { reason: 'unknown' } });
  });

  test('nothing out of a Secret is anywhere in the answer', () => {
    expect(JSON.stringify(answer)).not.toMatch(/sesame|root|api\.shop/);
  });

  test('an optional source that is missing sets nothing', () => {
    expect(effective(answer, 'OPTIONAL')).toBeUndefined();
  });

  test('headless Services and those of other namespaces are not told', () => {
    const services = new Set(answer.variables.flatMap(({ service }) => service ?? []));
    expect([...services]).toEqual(['default/kubernetes', 'shop/api', 'shop/api-service', 'shop/n8n']);
  });

  test('caveats', () => {
    expect(texts(answer)).toEqual([
      'ConfigMap shop/missing is not in the input: unless it is there, container app does not start (CreateContainerConfigError)',
      'ConfigMap shop/settings has no key nothing: container app does not start (CreateContainerConfigError)',
      'LOOP_A keeps $(LOOP_B) as it is written: LOOP_B is set behind it',
      'SELF keeps $(SELF) as it is written: it refers to itself',
      'NOBODY keeps $(NO_SUCH) as it is written: no variable is called NO_SUCH',
      'API_SERVICE_PORT is given by several Services, and chance decides (shop/api: 80, shop/api-service: tcp://10.96.0.51:8080)',
      'N8N_PORT=tcp://10.96.0.52:5678: n8n takes it for its port number and does not start (n8n-io/n8n#8650)',
      '$(N8N_PORT) is tcp://10.96.0.52:5678, not a number',
      'a container sees the Services that are there when it starts: api, api-service, n8n must be created before web; a restart refreshes the variables',
      'API_SERVICE_HOST is 192.0.2.1, as the container has it, not 10.96.0.50 of Service shop/api',
      'container app was taken; the pod also has migrate, proxy',
    ]);
  });

  test('init containers and sidecars', () => {
    expect(env('sources', 'shop/web-0', 'migrate')).toMatchObject({
      container: { name: 'migrate', kind: 'init' },
      containers: ['migrate', 'proxy', 'app'],
    });
    expect(env('sources', 'shop/web-0', 'proxy').container.kind).toBe('sidecar');
    expect(() => env('sources', 'shop/web-0', 'ap')).toThrow('pod shop/web-0 has no container ap');
  });
});

describe('bad input', () => {
  const pod = (container: string, spec = '') => `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {${spec}containers: [{name: c, image: i, ${container}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {1st: one, "a=b": odd}`;

  test.each([
    ['env: [{value: x}]', 'spec.containers[0].env[0].name: Required value'],
    [
      'env: [{name: "A=B", value: x}]',
      `spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ],
    [
      'env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]',
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      'env: [{name: A, valueFrom: {}}]',
      'spec.containers[0].env[0].valueFrom: Invalid value: {…}: must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    ],
    [
      'env: [{name: A, valueFrom: {configMapKeyRef: {name: settings}}}]',
      'spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value',
    ],
    [
      'envFrom: [{prefix: A_}]',
      'spec.containers[0].envFrom[0].configMapRef: Required value: must specify one of: `configMapRef` or `secretRef`',
    ],
    ['env: {A: x}', 'spec.containers[0].env: Invalid value: {…}: must be an array'],
  ])('%s', (container, said) => {
    expect(texts(read(pod(container), 'p'))[0]).toBe(said);
  });

  test('`__proto__` is a name like any other', () => {
    const answer = read(
      pod('env: [{name: __proto__, value: a}, {name: B, value: "$(__proto__)$(constructor)"}]'),
      'p',
    );
    expect(effective(answer, '__proto__')?.value).toBe('a');
    expect(effective(answer, 'B')?.value).toBe('a$(constructor)');
  });

  test('a key that begins with a digit counts since 1.32', () => {
    const text = pod('envFrom: [{configMapRef: {name: settings}}]');
    expect(effective(read(text, 'p'), '1st')?.value).toBe('one');
    const old = { flags: { set: [], kubernetes: '1.31' } };
    const answer = envQuestion(loadSnapshot({ files: [{ name: 'a.yaml', text }], profile: old }), {
      pod: 'p',
    });
    expect(effective(answer, '1st')).toBeUndefined();
    expect(codes(answer)).toContain('env-key-skipped');
  });

  test('an object without which the container does not start, in a whole dump', () => {
    const answer = read(pod('envFrom: [{configMapRef: {name: other}}]'), 'p', true);
    expect(answer.caveats[0]).toMatchObject({ code: 'env-source-missing', severity: 'error' });
  });
});

describe('what was first', () => {
  const dump = `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop, creationTimestamp: "2026-01-01T10:00:00Z"}
spec: {nodeName: n, containers: [{name: c, image: i}]}
status:
  startTime: "2026-01-01T10:00:01Z"
  containerStatuses: [{name: c, state: {running: {startedAt: "2026-01-01T10:00:05Z"}}}]
---
apiVersion: v1
kind: Service
metadata: {name: before, namespace: shop, creationTimestamp: "2026-01-01T10:00:03Z"}
spec: {clusterIP: 10.96.0.1, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: after, namespace: shop, creationTimestamp: "2026-01-01T10:00:06Z"}
spec: {clusterIP: 10.96.0.2, ports: [{port: 80}]}`;

  test('timestamps tell it', () => {
    const answer = read(dump, 'shop/p', true);
    expect(effective(answer, 'BEFORE_SERVICE_HOST')?.afterRestart).toBeUndefined();
    expect(effective(answer, 'AFTER_SERVICE_HOST')?.afterRestart).toBe(true);
    expect(codes(answer)).toEqual(['env-service-later']);
  });
});

test('without service links only the API server is told', () => {
  const answer = read(
    `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec: {enableServiceLinks: false, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {ports: [{port: 80}]}`,
    'shop/p',
  );
  expect(new Set(answer.variables.map(({ service }) => service))).toEqual(new Set(['default/kubernetes']));
  expect(answer.enableServiceLinks).toBe(false);
});

describe('variables in a target', () => {
  const trace = (from: string, to: string, fixture = 'my-service') =>
    traceQuestion(snapshotOf(`env/${fixture}`), { from, to, dns: true });

  test('lead to the Service, each with its line', () => {
    const answer = trace('told', '$(MY_SERVICE_SERVICE_HOST):$(MY_SERVICE_SERVICE_PORT)');
    expect(answer.result).toBe('reachable');
    expect(answer.paths[0]?.backends).toEqual(['default/server']);
    const notes = answer.diagnostics.filter(({ code }) => code === 'variable-expanded');
    expect(notes.map(({ sources }) => sources?.[0]?.line)).toEqual([4, 8]);
  });

  test('in a URL, and the docker link as one', () => {
    expect(trace('told', 'http://$(MY_SERVICE_SERVICE_HOST)/').result).toBe('reachable');
    expect(trace('told', '$(MY_SERVICE_PORT)').result).toBe('reachable');
  });

  test('entries by hand lead where they say', () => {
    const answer = trace('by-hand', '$(URL)');
    expect(answer.paths[0]?.backends).not.toEqual(['default/server']);
    expect(answer.diagnostics.find(({ code }) => code === 'variable-expanded')?.sources?.[0]?.line).toBe(33);
  });

  test('what cannot be expanded is refused', () => {
    expect(() => trace('told', '$(MY_SERVICE_SERVICE_HOTS):80')).toThrow(
      'no variable is called MY_SERVICE_SERVICE_HOTS',
    );
    expect(() => trace('internet', '$(MY_SERVICE_SERVICE_HOST):80')).toThrow('only a pod has variables');
    expect(() => trace('shop/web-0', '$(UID):80', 'sources')).toThrow('the value of $(UID) is not known');
    expect(() => trace('shop/web-0', '$(DSN)', 'sources')).toThrow(
      'once the value out of the Secret is put in',
    );
  });

  test('a host out of a Secret is asked for', () => {
    const answer = trace('shop/web-0', '$(DB_HOST):80', 'sources');
    expect(answer.paths[0]?.legs[0]?.purpose).toBe('lookup');
    expect(answer.diagnostics.find(({ code }) => code === 'variable-expanded')?.text).toBe(
      '$(DB_HOST) of the container is out of a Secret',
    );
  });
});
