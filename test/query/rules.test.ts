/** `k8snet rules`: loadable text with the line behind each rule, one Service alone, and one packet. */

import { describe, expect, test } from 'vitest';
import { printIptablesSave } from '../../src/index.ts';
import { packetRules } from '../../src/query/packet-rules.ts';
import { nodeRules, type RulesQuestion } from '../../src/query/rules.ts';
import { rulesJsonRenderer } from '../../src/render/rules/json.ts';
import {
  ipsetRenderer,
  ipvsadmRenderer,
  ipvsRulesRenderer,
  saveRenderer,
} from '../../src/render/rules/save.ts';
import { snapshotOf } from './ask.ts';
import { problems, publishedSchema } from './published-schema.ts';

const snapshot = snapshotOf('trace/from-outside', { cni: 'flannel' });
const lines = (question: Partial<RulesQuestion> = {}) => [
  ...saveRenderer.lines(nodeRules(snapshot, { node: 'node-a', ...question })),
];

describe('as text', () => {
  test('without its comments it is the rule set that the trace runs', () => {
    const [node] = snapshot.cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const text = lines().filter((line) => !line.startsWith('#'));
    expect(text).toEqual(printIptablesSave(snapshot.dataplane.proxyRulesetOf(node, 4)).trimEnd().split('\n'));
  });

  test('a comment names the object and line behind the rules that follow', () => {
    const text = lines();
    const at = text.findIndex((line) => line.includes('"shop/web loadbalancer IP"'));
    const before = text.slice(0, at).findLast((line) => line.startsWith('#'));
    const file = 'fixtures/trace/from-outside/manifests/web.yaml';
    expect(before).toBe(`# service/shop/web ${file}:12, service/shop/web ${file}:17`);
  });

  test('one Service alone, with the chains of every node', () => {
    const text = lines({ service: 'shop/web' });
    expect(text[0]).toContain('Service shop/web alone');
    expect(text.some((line) => line.includes('shop/inside'))).toBe(false);
    expect(text.filter((line) => line === 'COMMIT')).toHaveLength(2);
    expect(lines({ service: 'shop/svc/web' })).toEqual(text);
  });

  test('a Service without rules', () => {
    const doors = snapshotOf('trace/doors');
    expect(nodeRules(doors, { node: 'node-a', service: 'elsewhere' }).isEmpty).toBe(true);
    expect(nodeRules(doors, { node: 'node-a', service: 'api' }).isEmpty).toBe(false);
  });

  test('nfacct counts what comes to a node port by loopback, and what is invalid', () => {
    const counted = lines({ countsPackets: true }).filter((line) => line.includes('-m nfacct'));
    // kubernetes/kubernetes:pkg/proxy/iptables/proxier_test.go TestOverallIPTablesRules.
    const shapes = counted.map((line) => line.replace(/ -m comment --comment ("[^"]*"|\S+)/, ''));
    for (const shape of shapes.slice(0, -1)) {
      expect(shape).toMatch(
        /^-A KUBE-NODEPORTS -m tcp -p tcp -d 127\.0\.0\.0\/8 --dport \d+ -m nfacct --nfacct-name localhost_nps_accepted_pkts -j KUBE-EXT-\w{16}$/,
      );
    }
    expect(shapes.at(-1)).toBe(
      '-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name ct_state_invalid_dropped_pkts -j DROP',
    );
    expect(lines().some((line) => line.includes('nfacct'))).toBe(false);
  });

  test.each([
    [{ node: 'node-x' }, 'no node fits node-x'],
    [{ node: 'node-a', service: 'shop/webb' }, 'no Service shop/webb'],
    [{ node: 'node-a', mode: 'cilium' } as const, 'proxy mode cilium is not modelled'],
    [{ node: 'node-a', mode: 'none' } as const, 'the cluster has no kube-proxy'],
  ])('%j', (question, message) => {
    expect(() => nodeRules(snapshot, question)).toThrow(message);
  });
});

describe('the three parts of the IPVS mode', () => {
  const rules = nodeRules(snapshot, { node: 'node-a', mode: 'ipvs' });

  test('ipvsadm: nothing but virtual servers, since it reads no comments', () => {
    const text = [...ipvsadmRenderer.lines(rules)];
    expect(text.length).toBeGreaterThan(4);
    expect(text.filter((line) => !/^-[Aa] /.test(line))).toEqual([]);
    // Node ports stand at the addresses of the bridge and the tunnel, too.
    const nodePort = text.flatMap((line) => /^-A -t (\S+):30080 /.exec(line)?.[1] ?? []);
    expect(nodePort).toEqual(['10.0.0.11', '10.244.1.0', '10.244.1.1']);
  });

  test('ipset: sets and elements, with the line behind each', () => {
    const text = [...ipsetRenderer.lines(rules)];
    expect(text.filter((line) => !/^(#|create|add) /.test(line))).toEqual([]);
    const at = text.findIndex((line) => line.startsWith('add KUBE-NODE-PORT'));
    expect(text[at - 1]).toMatch(/^# service\/shop\/web .*web\.yaml:\d+$/);
  });

  test('iptables: the rules that ask the sets', () => {
    const text = [...ipvsRulesRenderer.lines(rules)];
    expect(text.filter((line) => line === 'COMMIT').length).toBeGreaterThan(0);
    expect(text.some((line) => line.includes('--match-set KUBE-CLUSTER-IP'))).toBe(true);
    expect(text.some((line) => line.startsWith('-A KUBE') && line.includes('create'))).toBe(false);
  });
});

test('as JSON, the IPVS mode has each tool’s lines in their own place', () => {
  const rules = nodeRules(snapshot, { node: 'node-a', mode: 'ipvs' });
  const answer = JSON.parse([...rulesJsonRenderer.lines(rules)].join('\n')) as {
    rulesets: { format: string; loadedBy: string; lines: { text: string; because?: unknown }[] }[];
  };
  const { isAnswer, isClosedAnswer } = publishedSchema('rules');
  expect(problems(isAnswer, answer)).toEqual([]);
  expect(problems(isClosedAnswer, answer)).toEqual([]);
  expect(answer.rulesets.map(({ format, loadedBy }) => [format, loadedBy])).toEqual([
    ['ipset', 'ipset restore'],
    ['iptables-save', 'iptables-restore'],
    ['ipvsadm', 'ipvsadm --restore'],
  ]);
  const [sets, filter, servers] = answer.rulesets.map((part) => part.lines.map(({ text }) => text));
  expect(sets).toEqual([...ipsetRenderer.lines(rules)].filter((line) => !line.startsWith('#')));
  expect(filter).toEqual([...ipvsRulesRenderer.lines(rules)].filter((line) => !line.startsWith('#')));
  expect(servers).toEqual([...ipvsadmRenderer.lines(rules)]);
  // ipvsadm reads no comments: what a virtual server comes from is told here alone.
  expect(answer.rulesets[2]?.lines.some(({ because }) => because !== undefined)).toBe(true);
});

describe('where programs take the place of kube-proxy', () => {
  test.each([
    ['calico-ebpf', [], 'calico', 'calico-ebpf-ipip'],
    ['cilium', ['cni.options.kubeProxyReplacement=true'], 'cilium', 'cilium-vxlan-kpr'],
  ])('%s: no rules, and the answer says why', (cni, set, mode, label) => {
    const replaced = snapshotOf('trace/from-outside', { cni, set });
    const rules = nodeRules(replaced, { node: 'node-a' });
    expect(rules).toMatchObject({ mode, isEmpty: true, rulesets: [] });
    expect([...saveRenderer.lines(rules)]).toEqual([
      `# node node-a: no kube-proxy: programs of ${label} translate Service addresses, and no rule does`,
    ]);
    const answer: unknown = JSON.parse([...rulesJsonRenderer.lines(rules)].join('\n'));
    expect(problems(publishedSchema('rules').isClosedAnswer, answer)).toEqual([]);
    expect(() => packetRules(replaced, { node: 'node-a', packet: '10.0.0.1,10.0.0.2:80' })).toThrow(
      'no kube-proxy',
    );
    // The wiring is there, and so are the rules that kube-proxy would write for who asks for them by their format.
    expect(nodeRules(replaced, { node: 'node-a', wiring: true })).toMatchObject({ isEmpty: false });
    expect(nodeRules(replaced, { node: 'node-a', mode: 'nftables' }).rulesets).toHaveLength(1);
  });
});

test('as JSON: the same lines with their sources', () => {
  const rules = nodeRules(snapshot, { node: 'node/node-a' });
  const answer: unknown = JSON.parse([...rulesJsonRenderer.lines(rules)].join('\n'));
  const { isAnswer, isClosedAnswer } = publishedSchema('rules');
  expect(problems(isAnswer, answer)).toEqual([]);
  expect(problems(isClosedAnswer, answer)).toEqual([]);
  const [first] = (answer as { rulesets: { lines: { text: string }[] }[] }).rulesets;
  expect(first?.lines.map(({ text }) => text)).toEqual(lines().filter((line) => !line.startsWith('#')));
});

describe('a packet', () => {
  const ask = (packet: string) => packetRules(snapshot, { node: 'node-a', packet });

  test('what becomes of it, and by which rules', () => {
    const answer = ask('203.0.113.9,198.51.100.7:80');
    expect(answer).toMatchObject({ verdict: 'accept', backends: ['10.244.2.7:8080'], masquerade: true });
    expect(answer.rules.find(({ chain }) => chain === 'KUBE-SERVICES')?.because?.[0]).toMatchObject({
      object: 'service/shop/web',
      path: 'spec.ports[0]',
    });
    const { isAnswer, isClosedAnswer } = publishedSchema('rules-packet');
    const plain: unknown = JSON.parse(JSON.stringify(answer));
    expect(problems(isAnswer, plain)).toEqual([]);
    expect(problems(isClosedAnswer, plain)).toEqual([]);
  });

  test('one that no rule means', () => {
    expect(ask('10.244.1.5,8.8.8.8:53/udp')).toMatchObject({ verdict: 'none', backends: [] });
  });

  test.each([
    '10.0.0.1',
    '10.0.0.1,10.0.0.2',
    '10.0.0.1,10.0.0.2:0',
    'a,b:1',
    '10.0.0.1,[fd00::1]:80',
    '1.1.1.1,1.1.1.2:1/icmp',
  ])('unreadable: %s', (packet) => {
    expect(() => ask(packet)).toThrow('expected SRC,DST:PORT');
  });

  test('IPv6', () => {
    expect(ask('fd00::5,[fd00:10::50]:80/TCP')).toMatchObject({ verdict: 'none' });
  });
});

describe('with the wiring of the node', () => {
  test('the rules are as before; each tool\u2019s lines stand under a comment behind them', () => {
    const plain = lines();
    const wired = lines({ wiring: true });
    expect(wired.slice(0, plain.length)).toEqual(plain);
    const rest = wired.slice(plain.length);
    expect(rest[0]).toBe('# links, addresses, neighbours, routes: ip -batch');
    // The overlay's neighbour, route and forwarding entry: rule 3 of flannel-io/flannel:pkg/backend/vxlan.
    expect(rest.some((line) => /^neigh replace 10\.244\.2\.0 lladdr \S+ dev flannel\.1/.test(line))).toBe(
      true,
    );
    expect(rest).toContain('route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink');
    const fdb = rest.slice(rest.indexOf('# forwarding entries: bridge -batch') + 1);
    expect(fdb[0]).toMatch(/^fdb replace \S+ dev flannel\.1 dst 10\.0\.0\.12 self permanent$/);
    expect(fdb).toContain('net.ipv4.ip_forward=1');
  });

  test('for programs: a part of its own, as the schema says', () => {
    const text = [...rulesJsonRenderer.lines(nodeRules(snapshot, { node: 'node-a', wiring: true }))].join('');
    const answer = JSON.parse(text);
    const { isAnswer, isClosedAnswer } = publishedSchema('rules');
    expect(problems(isAnswer, answer)).toEqual([]);
    expect(problems(isClosedAnswer, answer)).toEqual([]);
    expect(answer.datapath.ip[0]).toBe('link set lo up');
    expect(Object.keys(answer.datapath)).toEqual(['ip', 'bridge', 'sysctl', 'notes']);
  });
});
