/** References as people type them: kinds with their group, ports with their protocol, the loopback of a node. */

import { describe, expect, test } from 'vitest';
import { loadSnapshot, traceQuestion, UsageError } from '../../src/index.ts';
import { parseReference } from '../../src/query/reference.ts';

const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 53, protocol: UDP, name: dns}, {containerPort: 53, name: dns-tcp}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{name: tcp, port: 53, targetPort: 53, nodePort: 30053}]}
`;

const snapshot = loadSnapshot({
  files: [{ name: 'shop.yaml', text: SHOP }],
  profile: { flags: { set: [] } },
});

function ask(to: string, more: { readonly from?: string; readonly protocol?: 'tcp' | 'udp' } = {}) {
  return traceQuestion(snapshot, { from: 'shop/web', to, dns: true, ...more });
}

describe('a kind with its group, as `kubectl get -o name` prints it', () => {
  test.each([
    ['deployment.apps/web', 'Deployment'],
    ['Deployments.apps/web', 'Deployment'],
    ['shop/statefulset.apps/db', 'StatefulSet'],
    ['cronjob.batch/tick', 'CronJob'],
    ['ingress.networking.k8s.io/shop', 'Ingress'],
    ['gateway.gateway.networking.k8s.io/edge', 'Gateway'],
  ])('%s', (text, objectKind) => expect(parseReference(text)).toMatchObject({ kind: 'object', objectKind }));

  test('another group’s kind is none of them', () => {
    expect(parseReference('service.serving.knative.dev/web')).toMatchObject({
      namespace: 'service.serving.knative.dev',
      name: 'web',
    });
  });

  test('it leads to the pods', () => {
    expect(
      traceQuestion(snapshot, { from: 'shop/deployment.apps/web', to: '203.0.113.1:80', dns: true }).result,
    ).toBe('reachable');
  });
});

describe('a port with its protocol', () => {
  test.each([
    ['shop/deploy/web:53/udp', 'udp'],
    ['shop/deploy/web:53/TCP', 'tcp'],
    ['shop/svc/web:53/tcp', 'tcp'],
    ['203.0.113.1:53/udp', 'udp'],
    ['localhost:53/udp', 'udp'],
    ['web.shop:53/tcp', 'tcp'],
  ])('%s', (to, protocol) => {
    const { question, result } = ask(to);
    expect(question).toMatchObject({ to, protocol });
    expect(result).toBe('reachable');
  });

  test('in a URL it is the path', () => {
    expect(ask('http://203.0.113.1:80/udp').question).toMatchObject({
      protocol: 'tcp',
      http: { path: '/udp' },
    });
  });

  test('two protocols are an error', () => {
    expect(() => ask('203.0.113.1:53/udp', { protocol: 'tcp' })).toThrow(
      new UsageError('"203.0.113.1:53/udp" is udp, and --protocol says tcp'),
    );
    expect(ask('203.0.113.1:53/udp', { protocol: 'udp' }).question.protocol).toBe('udp');
  });
});

test('localhost of a node is its loopback address, where node ports answer', () => {
  const { paths } = ask('localhost:30053', { from: 'node/node-a' });
  expect(paths.map(({ disposition, backends }) => [disposition, backends.length])).toEqual([['accepted', 1]]);
  expect(() => ask('localhost:80', { from: 'internet' })).toThrow('localhost is only known inside a pod');
});

test.each([
  ['svc/web:', '"svc/web:" ends where a port should stand'],
  ['1.2.3.4:80:90', '"1.2.3.4:80:90" is neither an address nor a name'],
  ['[fd00::5', '"[fd00:" is neither an address nor a name'],
])('no reference: %s', (text, message) => expect(() => parseReference(text)).toThrow(message));

test('a node that is not there: those that are', () => {
  expect(() => ask('node/nosuch')).toThrow(
    new UsageError('no node fits node/nosuch', ['node/node-a', 'node/node-b']),
  );
});
