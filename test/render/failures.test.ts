import { expect, test } from 'vitest';
import type { HopAnswer, TraceAnswer } from '../../src/query/answer.ts';
import {
  accept,
  answer,
  CLIENT,
  dnat,
  golden,
  hop,
  NODE_A,
  path,
  render,
  request,
  route,
  SERVER,
  send,
  stops,
} from './answers.ts';

const resolver = { kind: 'resolver', name: 'coredns', address: '10.96.0.10' } as const;

test("a name that does not exist: the walk is the resolver's", async () => {
  const asked = (text: string, rule: string): HopAnswer['steps'][number] => ({
    kind: 'resolve',
    text,
    where: { rule },
  });
  const search = { detail: { ndots: 5, dots: 0 } };
  const text = render(
    answer({
      question: { from: CLIENT, to: 'http://stok', protocol: 'tcp' },
      result: 'unreachable',
      paths: [
        path({
          backends: [],
          disposition: 'name-not-found',
          reason: 'no-such-service',
          symptom: 'name-not-found',
          legs: [
            {
              purpose: 'lookup',
              hops: [
                hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.10:53 udp')),
                hop(
                  resolver,
                  asked('stok.store.svc.cluster.local', 'NXDOMAIN no such Service'),
                  asked('stok.svc.cluster.local', 'NXDOMAIN'),
                  asked('stok.cluster.local', 'NXDOMAIN'),
                  { kind: 'end', text: 'stok.', where: { rule: 'upstream: taken as NXDOMAIN' }, ...search },
                ),
              ],
            },
          ],
        }),
      ],
      assumptions: [
        {
          code: 'A_UPSTREAM_NXDOMAIN',
          text: 'names outside the cluster domain do not exist upstream',
          decisive: true,
        },
      ],
    }),
  );
  const lines = text.split('\n');
  expect(lines[0]).toBe('store/cart-0 → http://stok   name not found');
  expect(lines[2]).toBe('1  coredns 10.96.0.10   ndots 5, 0 dots: search list first');
  const columns = lines
    .filter((line) => line.includes('NXDOMAIN'))
    .map((line) => /NX|upstream/.exec(line)?.index);
  expect(new Set(columns).size).toBe(1);
  expect(stops(text)).toBe(1);
  await expect(text).toMatchFileSnapshot(golden('name-not-found/expected.txt'));
});

test("DNS that does not answer: the walk is the look-up's", async () => {
  const text = render(
    answer({
      result: 'unreachable',
      paths: [
        path({
          backends: [],
          disposition: 'name-unavailable',
          symptom: 'name-try-again',
          legs: [
            {
              purpose: 'lookup',
              hops: [
                hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.10:53 udp')),
                hop(NODE_A, {
                  kind: 'end',
                  verdict: 'reject',
                  text: 'kube-system/kube-dns:dns has no endpoints',
                  where: { table: 'filter', chain: ['KUBE-SERVICES'], rule: '3' },
                }),
              ],
            },
          ],
        }),
      ],
    }),
  );
  expect(text.split('\n')[0]).toBe('store/cart-0 → svc/stock:80   DNS does not answer   try again');
  expect(text).not.toContain('lookup');
  expect(stops(text)).toBe(1);
  await expect(text).toMatchFileSnapshot(golden('dns-does-not-answer/expected.txt'));
});

test('several paths: the table worst first, the walk of the worst, how to see another', async () => {
  const text = render(severalPaths());
  const lines = text.split('\n');
  expect(lines[0]).toBe('store/cart-0 → svc/stock:80   ambiguous   2 of 3 backends answer');
  expect(lines[2]).toMatch(/^ {2}✗ stock#3 +node-c +next hop unreachable +host unreachable +1\/3$/);
  expect(lines[3]).toMatch(/^ {4}stock#1 +node-a +reachable, same node +1\/3$/);
  expect(lines[4]).toMatch(/^ {4}stock#2 +node-b +reachable, flannel.1 +1\/3$/);
  expect(lines[6]).toBe('path of stock#3, 1/3 of new connections');
  expect(lines.at(-2)).toBe('path of stock#1: the same command with --backend stock#1');
  await expect(text).toMatchFileSnapshot(golden('several-paths/expected.txt'));
  expect(render(severalPaths(), { level: 'brief' })).toBe([lines[0], ...lines.slice(2, 5), ''].join('\n'));
});

function severalPaths(): TraceAnswer {
  const start = hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.50:80'));
  const toNode = (name: string, address: string): HopAnswer => hop({ kind: 'node', name, address });
  const server = (name: string, node: string): HopAnswer =>
    hop({ ...SERVER, name, node }, accept('10.244.1.5:40000 → 10.244.1.6:8080'));
  const share = { weight: '1/3' };
  return answer({
    result: 'ambiguous',
    paths: [
      path({
        ...share,
        backends: ['store/stock#3'],
        disposition: 'neighbor-unreachable',
        symptom: 'host-unreachable',
        legs: [
          request([
            start,
            hop(
              NODE_A,
              dnat('10.96.0.50:80', '10.244.3.9:8080'),
              route('10.244.3.0/24 via 10.0.0.13', 'eth0', 63),
            ),
            hop(
              { kind: 'node', name: 'node-c', address: '10.0.0.13' },
              { kind: 'end', text: 'nobody on cni0 has 10.244.3.9' },
            ),
          ]),
        ],
      }),
      path({
        ...share,
        backends: ['store/stock#1'],
        legs: [request([start, toNode('node-a', '10.0.0.11'), server('stock#1', 'node-a')])],
      }),
      path({
        ...share,
        backends: ['store/stock#2'],
        legs: [
          request([
            start,
            hop(NODE_A, route('10.244.2.0/24 via 10.244.2.0', 'flannel.1', 63)),
            toNode('node-b', '10.0.0.12'),
            server('stock#2', 'node-b'),
          ]),
        ],
      }),
    ],
  });
}

test('many paths are counted, not cut off silently', () => {
  const paths = Array.from({ length: 15 }, (_, index) =>
    path({ weight: '1/15', backends: [`store/stock#${index + 1}`] }),
  );
  const text = render(answer({ paths }));
  expect(text.split('\n')[0]).toContain('connected, 15 backends');
  expect(text).toContain('    and 3 more paths (-v shows all)');
  const all = render(answer({ paths }), { level: 'verbose' });
  expect(all).not.toContain('more paths');
  expect(all).toContain('stock#15');
});

test('a lost reply is shown where it gets lost', async () => {
  const same = { ...SERVER, name: 'cart-1', node: 'node-a', address: '10.244.1.6' };
  const text = render(
    answer({
      result: 'unreachable',
      paths: [
        path({
          backends: ['store/cart-1'],
          disposition: 'reply-lost',
          reason: 'bridge-netfilter-off',
          symptom: 'timeout',
          legs: [
            request(
              [
                hop(CLIENT, send('10.244.1.5:40000 → 10.96.0.50:80')),
                hop(
                  NODE_A,
                  dnat('10.96.0.50:80', '10.244.1.6:8080'),
                  route('10.244.1.0/24 on link', 'cni0', 63),
                ),
                hop(same, accept('10.244.1.5:40000 → 10.244.1.6:8080')),
              ],
              {
                disposition: 'reply-lost',
                hops: [
                  hop(same, send('10.244.1.6:8080 → 10.244.1.5:40000')),
                  hop(NODE_A, { kind: 'bridge', text: 'cni0 › veth~cart-0' }),
                  hop(CLIENT, {
                    kind: 'end',
                    text: 'the answer comes from 10.244.1.6:8080; the sender waits for 10.96.0.50:80',
                  }),
                ],
              },
            ),
          ],
        }),
      ],
      diagnostics: [
        {
          severity: 'info',
          code: 'bridge-netfilter-off',
          text: 'bridged frames skip conntrack: net.bridge.bridge-nf-call-iptables is 0',
        },
      ],
    }),
  );
  expect(text.split('\n')[0]).toBe('store/cart-0 → svc/stock:80   reply lost   timeout');
  expect(text).toContain('reply  lost at cart-0\n   ✗ end       the answer comes from 10.244.1.6:8080;');
  expect(stops(text)).toBe(1);
  await expect(text).toMatchFileSnapshot(golden('reply-lost/expected.txt'));
});
