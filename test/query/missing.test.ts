/** What a question says where something is not there: pods, a name server. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion } from '../../src/index.ts';

const WEB = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
`;
const POD_IP = 'status: {phase: Running, podIP: 10.244.1.5}\n';

function trace(texts: readonly string[], to: string, set: readonly string[] = []) {
  const files = [{ name: 'app.yaml', text: texts.join('---\n') }];
  const snapshot = loadSnapshot({ files, profile: { flags: { set } } });
  return traceQuestion(snapshot, { from: 'shop/web', to, dns: true });
}

describe('a headless Service without pods', () => {
  const service = (app: string) => `apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  clusterIP: None
  selector:
    app: ${app}
  ports: [{port: 5432}]
`;
  const pod = (ready: string) => `apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
status:
  phase: Running
  podIP: 10.244.1.9
  conditions:
  - {type: Ready, status: "${ready}"}
`;

  test('names the workload that its selector is near to', () => {
    const { paths, diagnostics } = trace([WEB, service('dbs'), pod('True')], 'svc/db');
    expect(paths[0]).toMatchObject({ disposition: 'name-not-found', reason: 'headless-no-ready-pod' });
    expect(diagnostics[1]).toMatchObject({
      code: 'selector-matches-no-pod',
      sources: [
        { line: 12, path: 'spec.selector.app', label: 'closest: Pod db-0, app=db' },
        { line: 17, path: 'metadata.labels' },
      ],
    });
    expect(diagnostics[1]?.help?.[0]?.text).toBe('app: db   or label the pod app: dbs (app.yaml:17)');
  });

  test('cites the condition of a pod that is not ready', () => {
    const { diagnostics } = trace([WEB, service('db'), pod('False')], 'svc/db');
    expect(diagnostics[1]?.sources?.find(({ role }) => role === 'primary')).toMatchObject({
      line: 23,
      path: 'status.conditions[0].status',
      label: 'db-0: not ready',
    });
  });
});

test('a workload that is scaled to 0 is no unknown one', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: i}]}}
`;
  for (const to of ['deploy/api', 'shop/api']) {
    expect(() => trace([WEB, deployment], to)).toThrow(
      'Deployment shop/api is scaled to 0: it has no pods (app.yaml:10)',
    );
  }
});

test('a closed world without the Service of the cluster DNS says that its address is only the usual one', () => {
  const service = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {clusterIP: 10.96.0.50, selector: {app: api}, ports: [{port: 80}]}
`;
  const stored = WEB.replace('spec: {', 'spec: {nodeName: n, ') + POD_IP;
  const { paths, diagnostics } = trace([stored, service], 'svc/api', ['input=stored']);
  expect(paths[0]?.disposition).toBe('name-unavailable');
  expect(diagnostics[0]?.help?.[0]?.text).toMatch(/^no Service has 10\.96\.0\.10/);
  const given = trace([stored, service], 'svc/api', ['input=stored', 'dns.clusterIPs=[10.96.0.10]']);
  expect(given.diagnostics[0]?.help ?? []).toEqual([]);
});
