/** The matrix as its question answers it: who is a peer, what is listed, what is asked for, what is noted. */

import { describe, expect, test } from 'vitest';
import { type Snapshot, traceQuestion } from '../../src/index.ts';
import { type MatrixQuestion, matrixQuestion } from '../../src/query/matrix/matrix.ts';
import { netpolAnalyzerAnswer } from '../../src/query/matrix/netpol-analyzer.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { podYaml, policyYaml, world } from '../policy/world.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const { isClosedAnswer } = publishedSchema('matrix');

/** `from > to : ports`, those of the cluster DNS left out. */
function rows(snapshot: Snapshot, question: MatrixQuestion = {}): readonly string[] {
  const answer = matrixQuestion(snapshot, question);
  expect(problems(isClosedAnswer, JSON.parse(JSON.stringify(answer)))).toEqual([]);
  return answer.connections
    .map(({ from, to, ports }) => `${from} > ${to} : ${ports}`)
    .filter((row) => !row.includes('kube-system'));
}

const OUTSIDE = '0.0.0.0-255.255.255.255';

describe('fixture allow-frontend: ingress of role backend from role frontend', () => {
  test('only the frontend reaches the backend; replicas do not reach each other', () => {
    expect(rows(snapshotOf('allow-frontend'), { to: 'deploy/backend' })).toEqual([
      'default/deploy/frontend > default/deploy/backend : All',
    ]);
  });

  test('everything else stays open', () => {
    expect(rows(snapshotOf('allow-frontend'), { from: 'pod/visitor' })).toEqual([
      `default/pod/visitor > ${OUTSIDE} : All`,
      'default/pod/visitor > default/deploy/frontend : All',
    ]);
  });

  test('without a policy engine everything is open', () => {
    const answer = matrixQuestion(snapshotOf('allow-frontend', { cni: 'flannel' }), {});
    expect(answer.enforced).toBe(false);
    expect(answer.summary.connected).toBe(answer.summary.pairs);
  });

  test('peers say in which directions they are isolated', () => {
    const { peers } = matrixQuestion(snapshotOf('allow-frontend'), {});
    const isolated = new Map(peers.map((peer) => [peer.id, peer.isolated]));
    expect(isolated.get('default/deploy/backend')).toEqual(['ingress']);
    expect(isolated.get('default/deploy/frontend')).toEqual([]);
    expect(isolated.get(OUTSIDE)).toBeUndefined();
  });
});

const SHOP = [
  podYaml('shop/web', 'app=web', ', ports: [{name: http, containerPort: 8080}]'),
  podYaml('shop/db', 'app=db', ', ports: [{containerPort: 5432}]'),
].join('\n');
const DB = policyYaml(
  'shop/db',
  'podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}, {port: 53, protocol: UDP}]}]',
);

describe('what is asked for', () => {
  const snapshot = world([SHOP, DB].join('\n'));

  test('ports are exact', () => {
    expect(rows(snapshot, { from: 'shop/web', to: 'shop/db' })).toEqual([
      'shop/pod/web > shop/pod/db : TCP 5432; UDP 53',
    ]);
  });

  test.each([
    { port: '5432', row: ['shop/pod/web > shop/pod/db : TCP 5432'] },
    { port: '50-60/udp,1', row: ['shop/pod/web > shop/pod/db : UDP 53'] },
    { port: '80', row: [] },
  ])('--port $port', ({ port, row }) => {
    expect(rows(snapshot, { from: 'shop/web', to: 'shop/db', port })).toEqual(row);
  });

  test.each(['http', '0', '70000', '90-80', '80/icmp', ''])('--port %j is refused', (port) => {
    expect(() => matrixQuestion(snapshot, { port })).toThrow(UsageError);
  });

  test('internet is all that is outside', () => {
    expect(rows(snapshot, { from: 'internet' })).toEqual([`${OUTSIDE} > shop/pod/web : All`]);
    expect(rows(snapshot, { from: '203.0.113.9', to: 'shop/db' })).toEqual([]);
  });
});

test('outside addresses are cut at the borders of blocks', () => {
  const spec =
    'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}]}]';
  const snapshot = world([podYaml('shop/web', 'app=web'), policyYaml('shop/lan', spec)].join('\n'));
  expect(rows(snapshot, { to: 'shop/web' })).toEqual(['203.0.113.128-203.0.113.255 > shop/pod/web : All']);
});

test.each([
  { cidr: '10.0.0.0/8', decisive: true },
  { cidr: '0.0.0.0/0', decisive: false },
  { cidr: '203.0.113.0/24', decisive: false },
])('invented addresses decide where a block may hold some of them: $cidr', ({ cidr, decisive }) => {
  const spec = `podSelector: {}, ingress: [{from: [{ipBlock: {cidr: ${cidr}}}]}]`;
  const snapshot = world([podYaml('shop/web', 'app=web'), policyYaml('shop/lan', spec)].join('\n'));
  const { assumptions } = matrixQuestion(snapshot, {});
  expect(assumptions.find(({ code }) => code === 'A_POD_IP')?.decisive).toBe(decisive);
});

test('pods of a workload that policies tell apart are peers of their own, and that is noted', () => {
  const replica = (name: string, track: string) =>
    [
      '---',
      'apiVersion: v1',
      'kind: Pod',
      `metadata: {name: ${name}, namespace: shop, labels: {app: web, track: ${track}}, ownerReferences: [{kind: ReplicaSet, apiVersion: apps/v1, name: web, uid: u, controller: true}]}`,
      'spec: {containers: [{name: c}]}',
    ].join('\n');
  const policy = policyYaml('shop/canary', 'podSelector: {matchLabels: {track: canary}}');
  const snapshot = world([replica('web-a', 'canary'), replica('web-b', 'stable'), policy].join('\n'));
  const answer = matrixQuestion(snapshot, { from: 'internet' });
  const ids = answer.peers.flatMap(({ id, namespace }) => (namespace === 'shop' ? [id] : []));
  expect(ids).toEqual(['shop/rs/web/1', 'shop/rs/web/2']);
  expect(rows(snapshot, { from: 'internet' })).toEqual([`${OUTSIDE} > shop/rs/web/2 : All`]);
  expect(answer.diagnostics.map(({ code }) => code)).toContain('workload-divided');
});

test('selectors that match nothing are noted with what comes closest', () => {
  const spec =
    'podSelector: {matchLabels: {app: webb}}, ingress: [{from: [{podSelector: {matchLabels: {app: dbs}}}]}]';
  const { diagnostics } = matrixQuestion(world([SHOP, policyYaml('shop/web', spec)].join('\n')), {});
  expect(diagnostics.map(({ code, text }) => [code, /closest is (.*)$/.exec(text)?.[1]])).toEqual([
    ['netpol-selects-nothing', 'Pod web (app=web)'],
    ['netpol-peer-matches-nothing', 'Pod db (app=db)'],
  ]);
});

test('exposure names the outside, any pod, and labels that nobody has yet', () => {
  const { exposure } = matrixQuestion(world([SHOP, DB].join('\n')), { exposure: true });
  const of = (peer: string, direction: string) =>
    exposure?.find((each) => each.peer === peer && each.direction === direction);
  expect(of('shop/pod/db', 'ingress')).toMatchObject({
    protected: true,
    open: [{ to: 'pods app=web of shop', ports: 'TCP 5432; UDP 53' }],
  });
  expect(of('shop/pod/web', 'ingress')?.open).toEqual([
    { to: 'outside', ports: 'All' },
    { to: 'any pod of any namespace', ports: 'All' },
  ]);
});

test('netpol-analyzer names a live pod after its ReplicaSet, unless the workload is there', () => {
  // As np-guard/netpol-analyzer:tests/k8s_ingress_test_new/connlist_output.txt has `reviews-v1-545db77b95[ReplicaSet]`.
  const pod = (name: string, owner: string) => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: default
  labels: {app: ${name}, pod-template-hash: 545db77b95}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: ${owner}, uid: x, controller: true}]
spec: {nodeName: n1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.244.1.${name.length}}
`;
  const text = [
    pod('reviews-v1-545db77b95-d6xjl', 'reviews-v1-545db77b95'),
    podYaml('default/web', 'app=web'),
  ].join('\n');
  const lines = netpolAnalyzerAnswer(world(text)).lines;
  expect(lines).toContain('default/reviews-v1-545db77b95[ReplicaSet] => default/web[Pod] : All Connections');
  expect(lines.filter((line) => line.includes('[Deployment]'))).toEqual([]);
});

test('as netpol-analyzer lists it: blocks match no pod, hosts are pods, a workload is not its own peer', () => {
  const text = [
    SHOP,
    policyYaml(
      'shop/any',
      'podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/1}}]}]',
    ),
    '---',
    'apiVersion: v1',
    'kind: Service',
    'metadata: {name: web, namespace: shop}',
    'spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}',
    '---',
    'apiVersion: networking.k8s.io/v1',
    'kind: Ingress',
    'metadata: {name: web, namespace: shop}',
    'spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}',
  ].join('\n');
  expect(netpolAnalyzerAnswer(world(text)).lines).toEqual([
    '0.0.0.0-127.255.255.255[External] => shop/db[Pod] : All Connections',
    '0.0.0.0-127.255.255.255[External] => shop/web[Pod] : All Connections',
    '128.0.0.0-255.255.255.255[External] => shop/web[Pod] : All Connections',
    'shop/db[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections',
    'shop/db[Pod] => shop/web[Pod] : All Connections',
    'shop/web[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections',
    '{ingress-controller} => shop/web[Pod] : TCP 8080',
  ]);
});

describe('a node reaches the pods on itself, whatever the policies say', () => {
  const on = (name: string, spec: string) =>
    `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
spec: {${spec}, containers: [{name: app, image: app}]}`;
  const OWN_NODE = `
apiVersion: v1
kind: Node
metadata: {name: node-a}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
${on('agent', 'hostNetwork: true, nodeName: node-a')}
${on('near', 'nodeName: node-a')}
${on('far', 'nodeName: node-b')}
${on('open', 'nodeName: node-a')}
${policyYaml('shop/closed', 'podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [open]}]}, policyTypes: [Ingress]')}
`;
  const snapshot = world(OWN_NODE);

  test('what connections do not have is listed beside them', () => {
    const { connections, ownNode } = matrixQuestion(snapshot, { from: 'shop/pod/agent' });
    expect(connections.map(({ to }) => to).filter((to) => to.startsWith('shop'))).toEqual(['shop/pod/open']);
    expect(ownNode).toEqual([{ from: 'shop/pod/agent', to: 'shop/pod/near', ports: 'All', pods: 1 }]);
  });

  test('the focus holds for it, too', () => {
    expect(matrixQuestion(snapshot, { to: 'shop/pod/far' }).ownNode).toBeUndefined();
    expect(matrixQuestion(snapshot, { from: 'shop/pod/open' }).ownNode).toBeUndefined();
    expect(matrixQuestion(snapshot, { to: 'shop/pod/near', port: '8080/tcp' }).ownNode).toEqual([
      { from: 'shop/pod/agent', to: 'shop/pod/near', ports: 'TCP 8080', pods: 1 },
    ]);
  });

  test.each(['near', 'far', 'open'])('the trace says the same of %s', (name) => {
    const { connections, ownNode = [] } = matrixQuestion(snapshot, { from: 'shop/pod/agent' });
    const isListed = [...connections, ...ownNode].some(({ to }) => to === `shop/pod/${name}`);
    const { result } = traceQuestion(snapshot, {
      from: 'shop/pod/agent',
      to: `shop/pod/${name}:8080`,
      dns: false,
    });
    expect(result === 'reachable').toBe(isListed);
  });
});
