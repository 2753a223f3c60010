import { expect, test } from 'vitest';
import type { PathAnswer } from '../../src/query/answer.ts';
import {
  accept,
  answer,
  CLIENT,
  golden,
  hop,
  NODE_A,
  NODE_B,
  path,
  receive,
  render,
  request,
  restore,
  route,
  SERVER,
  send,
  transmit,
} from './answers.ts';

test('where nothing is routed, the bridge is shown', async () => {
  const there = '10.244.1.5:40000 → 10.244.1.6:8080';
  const neighbour = { ...SERVER, name: 'cart-1', node: 'node-a', address: '10.244.1.6' };
  const text = render(
    answer({
      question: { from: CLIENT, to: 'pod/cart-1:8080', protocol: 'tcp' },
      paths: [
        path({
          backends: ['store/cart-1'],
          legs: [
            request(
              [
                hop(CLIENT, send(there)),
                hop(
                  NODE_A,
                  receive('veth~cart-0'),
                  { kind: 'bridge', text: 'cni0 › veth~cart-1' },
                  transmit('veth~cart-1'),
                ),
                hop(neighbour, accept(there)),
              ],
              { disposition: 'accepted', hops: [hop(neighbour), hop(NODE_A), hop(CLIENT)] },
            ),
          ],
        }),
      ],
    }),
  );
  expect(text.split('\n')[0]).toBe('store/cart-0 → pod/cart-1:8080   reachable   connected');
  expect(text).toContain('     bridge    cni0 › veth~cart-1\n');
  expect(text).not.toContain('enter');
  await expect(text).toMatchFileSnapshot(golden('same-node/expected.txt'));
});

test('out of the cluster, with the address that the other side sees', async () => {
  const world = { kind: 'external', name: '198.51.100.80', address: '198.51.100.80' } as const;
  const text = render(
    answer({
      question: { from: CLIENT, to: '198.51.100.80:443', protocol: 'tcp' },
      paths: [
        path({
          backends: [],
          disposition: 'exits-cluster',
          symptom: 'unknown',
          serverSees: { peer: '10.0.0.11' },
          legs: [
            request(
              [
                hop(CLIENT, send('10.244.1.5:40000 → 198.51.100.80:443')),
                hop(NODE_A, route('default via 10.0.0.1', 'eth0', 63), {
                  kind: 'translate',
                  text: '10.244.1.5:40000 ⇒ 10.0.0.11:61000',
                  where: { hook: 'postrouting', table: 'nat', chain: ['FLANNEL-POSTRTG'], rule: '5' },
                  changes: [
                    { field: 'src', nat: 'masquerade', from: '10.244.1.5:40000', to: '10.0.0.11:61000' },
                  ],
                }),
                hop(world, accept('10.0.0.11:61000 → 198.51.100.80:443')),
              ],
              {
                disposition: 'accepted',
                hops: [
                  hop(world),
                  hop(NODE_A, {
                    kind: 'translate',
                    text: '10.0.0.11:61000 ⇒ 10.244.1.5:40000',
                    where: { rule: 'conntrack' },
                    changes: [
                      { field: 'dst', nat: 'reverse', from: '10.0.0.11:61000', to: '10.244.1.5:40000' },
                    ],
                  }),
                  hop(CLIENT),
                ],
              },
            ),
          ],
        }),
      ],
    }),
  );
  expect(text.split('\n')[0]).toBe('store/cart-0 → 198.51.100.80:443   reachable   leaves the cluster');
  expect(text).toContain('     masquerade 10.244.1.5:40000 ⇒ 10.0.0.11:61000');
  expect(text).toContain('198.51.100.80 sees  peer 10.0.0.11\n');
  await expect(text).toMatchFileSnapshot(golden('leaves-the-cluster/expected.txt'));
});

test('a reply that takes another road names its hops', () => {
  const legs = [
    request([hop(CLIENT), hop(NODE_A), hop(NODE_B), hop(SERVER)], {
      disposition: 'accepted',
      hops: [hop(SERVER), hop(NODE_A, restore('10.244.2.7:8080', '10.96.0.50:80')), hop(CLIENT)],
    }),
  ];
  expect(render(answer({ paths: [path({ legs })] }))).toContain(
    'reply  stock#1 → node-a → cart-0; at node-a conntrack restores src 10.96.0.50:80\n',
  );
});

test('a policy step, a proxied leg and a load balancer have their words', async () => {
  const proxy = {
    kind: 'proxy',
    name: 'edge#1',
    namespace: 'edge',
    node: 'node-a',
    address: '10.244.1.9',
  } as const;
  const legs: PathAnswer['legs'] = [
    request([
      hop(
        { kind: 'external', name: '203.0.113.9', address: '203.0.113.9' },
        send('203.0.113.9:40000 → 198.51.100.7:443'),
      ),
      hop({ kind: 'loadbalancer', name: 'edge', namespace: 'edge', address: '198.51.100.7' }),
      hop(NODE_A, {
        kind: 'policy',
        verdict: 'allow',
        text: 'ingress: edge#1 not isolated',
        where: { chain: ['cali-tw-cali43878a68a0a'] },
      }),
      hop(proxy, accept('203.0.113.9:40000 → 10.244.1.9:443')),
    ]),
    { purpose: 'proxied', hops: [hop(proxy, send('10.244.1.9:40001 → 10.244.2.7:8080')), hop(SERVER)] },
  ];
  const text = render(
    answer({
      question: { from: CLIENT, to: 'https://shop.example/', protocol: 'tcp' },
      paths: [path({ legs })],
    }),
  );
  expect(text.split('\n')[0]).toContain('reachable   2 connections');
  expect(text).toContain('2  load balancer  198.51.100.7   svc/edge\n');
  expect(text).toContain('5  edge/edge#1  new connection, straight to an endpoint\n');
  await expect(text).toMatchFileSnapshot(golden('through-a-proxy/expected.txt'));
});
