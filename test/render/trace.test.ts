import { expect, test } from 'vitest';
import {
  ASSUMPTIONS,
  acrossNodes,
  answer,
  golden,
  noEndpoints,
  POLICY_NOTE,
  path,
  render,
  stops,
} from './answers.ts';

const reachable = answer({
  paths: [path({ legs: acrossNodes(), serverSees: { peer: '10.244.1.5' } })],
  diagnostics: [POLICY_NOTE],
  assumptions: ASSUMPTIONS,
});

test('a Service across nodes', async () => {
  const text = render(reachable);
  const lines = text.split('\n');
  expect(lines[0]).toBe('store/cart-0 → svc/stock:80   reachable   connected, 1 backend');
  expect(lines[2]).toBe('lookup  stock → stock.store.svc.cluster.local → 10.96.0.50  search 1 of 3');
  expect(lines).toContain('reply  same hops back; at node-a conntrack restores src 10.96.0.50:80');
  expect(text).not.toContain('veth~');
  expect(text).not.toContain(' sees ');
  await expect(text).toMatchFileSnapshot(golden('service-across-nodes/expected.txt'));
});

test('a Service across nodes, verbose: every step, the look-up, the way back, codes', async () => {
  const text = render(reachable, { level: 'verbose' });
  const verbs = text.split('\n').flatMap((line) => /^ {5}(\S+) /.exec(line)?.[1] ?? []);
  expect(new Set(verbs)).toEqual(
    new Set(
      'resolve send enter leave nat dnat conntrack route filter neighbor encap decap bridge accept reverse'.split(
        ' ',
      ),
    ),
  );
  expect(text).toContain('stock#1 sees  peer 10.244.1.5');
  expect(text).toContain('A_SPORT      client port: 40000');
  await expect(text).toMatchFileSnapshot(golden('service-across-nodes/expected.verbose.txt'));
});

test('width 100 keeps the columns', async () => {
  const text = render(reachable, { width: 100 });
  expect(text).toContain('     dnat      10.96.0.50:80 ⇒ 10.244.2.7:8080          KUBE-SEP-TYBTUTNN3PRKI6ZG');
  await expect(text).toMatchFileSnapshot(golden('service-across-nodes/expected.100.txt'));
});

test('--brief is line 1', () => {
  expect(render(reachable, { level: 'brief' })).toBe(
    'store/cart-0 → svc/stock:80   reachable   connected, 1 backend\n',
  );
});

test('a Service without endpoints: the stop, the frame, the other place, help, notes', async () => {
  const text = render(noEndpoints());
  expect(text.split('\n')[0]).toBe('store/cart-0 → svc/stock:80   no endpoints   connection refused');
  expect(text).toContain('   ✗ reject    store/stock has no endpoints             KUBE-SERVICES');
  expect(text).toContain('      │     ^^^^^^^^^^ closest: Deployment stock, app=stock-server');
  expect(text).toContain('         opens 1 path: cart-0 → stock#1:8080');
  expect(stops(text)).toBe(1);
  await expect(text).toMatchFileSnapshot(golden('no-endpoints/expected.txt'));
});

test('--ascii has no other characters', async () => {
  const text = render(noEndpoints(), { unicode: false });
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  expect(text).toContain('   x reject    ');
  await expect(text).toMatchFileSnapshot(golden('no-endpoints/expected.ascii.txt'));
});

test('colour adds nothing: without its codes the text is the same', async () => {
  const decisive = answer({
    ...noEndpoints(),
    assumptions: [{ code: 'A_CLUSTER_IP', text: 'ClusterIPs', decisive: true }],
  });
  const text = render(decisive, { color: 1 });
  const codes = /\u001b\[(\d+)m/g;
  expect(text.replace(codes, '')).toBe(render(decisive));
  expect(text).toContain('\u001b[31mno endpoints\u001b[39m');
  expect(text).toContain('\u001b[31m✗\u001b[39m');
  expect(text).toContain('\u001b[1mnode-a\u001b[22m');
  expect(text).toContain('\u001b[2mKUBE-SERVICES\u001b[22m');
  expect(text).toContain('ClusterIPs\u001b[33m*\u001b[39m');
  const used = new Set([...text.matchAll(codes)].map((match) => match[1]));
  expect([...used].sort()).toEqual(['1', '2', '22', '31', '33', '39']);
  expect(render(reachable, { color: 1 })).toContain('\u001b[32mreachable\u001b[39m');
  await expect(text).toMatchFileSnapshot(golden('no-endpoints/expected.ansi.txt'));
});

test('a frame is left out where the file cannot be read; its label stays', () => {
  const text = render(noEndpoints(), { readLine: () => undefined });
  expect(text).not.toContain('│');
  expect(text).toContain('stock         selector  closest: Deployment stock,');
});

test('control characters of a manifest do not reach the terminal', () => {
  const given = noEndpoints();
  const evil = answer({
    ...given,
    diagnostics: given.diagnostics.map((one) => ({ ...one, text: `${one.text}\u001b[2J\u202e` })),
  });
  const text = render(evil, { readLine: () => '  x: \u001b]0;owned\u0007' });
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
});
