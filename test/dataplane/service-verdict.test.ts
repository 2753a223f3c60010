import { describe, expect, test } from 'vitest';
import { iptablesProxy } from '../../src/dataplane/proxy/iptables.ts';
import type { ProxyInput } from '../../src/dataplane/service-proxy.ts';
import { type ServiceVerdict, serviceVerdict } from '../../src/dataplane/service-verdict.ts';
import type { Packet } from '../../src/net/packet.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import type { Match, RulesetPart } from '../../src/netfilter/ruleset.ts';
import { api, here, proxyInput } from './proxy/iptables-lines.ts';
import { endpoint, ip, node, type PortFacts, proxyProfile } from './proxy/service-ports.ts';

interface Ask {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly facts?: Partial<ProxyInput>;
  readonly inDevice?: string;
}

const ENDPOINTS = [endpoint('10.1.0.1:8080'), endpoint('10.1.0.2:8080', here)];
const POD = '10.1.9.9';
const NODE = '192.168.0.2';
const CLIENT = '203.0.113.9';
const CLUSTER_IP = '172.30.0.41';

function ask(port: PortFacts, { from, to, port: dstPort = 80, facts = {}, inDevice }: Ask): ServiceVerdict {
  const input = proxyInput([api({ endpoints: ENDPOINTS, ...port })], facts);
  const ruleset = composeRuleset(input.family, [iptablesProxy.compile(input)]);
  const packet = packetOf({ from, to, port: dstPort });
  const device = inDevice === undefined ? {} : { inDevice };
  return serviceVerdict({ ruleset, addresses: input.node.addresses, packet, ...device });
}

function packetOf({ from, to, port = 80 }: Ask): Packet {
  return { protocol: 'tcp', src: ip(from), srcPort: 40000, dst: ip(to), dstPort: port, ttl: 64, mark: 0 };
}

const decision = ({ verdict, backends, masquerade }: ServiceVerdict) => ({ verdict, backends, masquerade });
const BOTH = ['10.1.0.1:8080', '10.1.0.2:8080'];
const kept = (backends: readonly string[]) => ({ verdict: 'accept', backends, masquerade: false });
const masqueraded = (backends: readonly string[]) => ({ verdict: 'accept', backends, masquerade: true });
const stopped = (verdict: string) => ({ verdict, backends: [], masquerade: false });

describe('to the cluster address', () => {
  test.each([
    ['a pod', POD, kept(BOTH)],
    ['the node', NODE, masqueraded(BOTH)],
    ['loopback', '127.0.0.1', masqueraded(BOTH)],
    ['somebody outside', CLIENT, masqueraded(BOTH)],
    ['the endpoint itself', '10.1.0.1', masqueraded(BOTH)],
  ])('%s', (_, from, expected) => {
    expect(decision(ask({}, { from, to: CLUSTER_IP }))).toEqual(expected);
  });

  test('the rules on the way, in order', () => {
    const { rules } = ask({ endpoints: [endpoint('10.1.0.1:8080')] }, { from: CLIENT, to: CLUSTER_IP });
    expect(
      rules.map(({ table, chain, position }) => `${table} ${chain.replace(/-\w{16}$/, '')} ${position}`),
    ).toEqual([
      'nat PREROUTING 1',
      'nat KUBE-SERVICES 1',
      'nat KUBE-SVC 1',
      'nat KUBE-MARK-MASQ 1',
      'nat KUBE-SVC 2',
      'nat KUBE-SEP 2',
      'filter FORWARD 1',
      'filter FORWARD 2',
      'filter KUBE-FORWARD 2',
      'nat POSTROUTING 1',
      'nat KUBE-POSTROUTING 2',
      'nat KUBE-POSTROUTING 3',
    ]);
  });

  test('rules that several ways share are told once', () => {
    const { rules } = ask({}, { from: POD, to: CLUSTER_IP });
    const places = rules.map(({ table, chain, position }) => `${table} ${chain} ${position}`);
    expect(places).toEqual([...new Set(places)]);
    expect(places.filter((text) => text.includes('KUBE-SEP'))).toHaveLength(2);
  });

  test('another port is none of its business', () => {
    expect(decision(ask({}, { from: POD, to: CLUSTER_IP, port: 81 }))).toEqual(stopped('none'));
  });

  test.each([POD, NODE, CLIENT])(
    'refused without endpoints, dropped without a local one (from %s)',
    (from) => {
      expect(decision(ask({ endpoints: [] }, { from, to: CLUSTER_IP }))).toEqual(stopped('reject'));
      const local: PortFacts = { internalTrafficPolicy: 'Local', endpoints: [endpoint('10.1.0.1:8080')] };
      expect(decision(ask(local, { from, to: CLUSTER_IP }))).toEqual(stopped('drop'));
    },
  );
});

describe('to a node port with policy Local', () => {
  const local: PortFacts = { type: 'NodePort', nodePort: 30001, externalTrafficPolicy: 'Local' };
  const toNode = { to: NODE, port: 30001 };
  const elsewhere: PortFacts = { ...local, endpoints: [endpoint('10.1.0.1:8080')] };

  test('pods and the node take the short way to all endpoints, others get those of the node', () => {
    expect(decision(ask(local, { from: POD, ...toNode }))).toEqual(kept(BOTH));
    expect(decision(ask(local, { from: NODE, ...toNode }))).toEqual(masqueraded(BOTH));
    expect(decision(ask(local, { from: CLIENT, ...toNode }))).toEqual(kept(['10.1.0.2:8080']));
  });

  test('without an endpoint here, only others are dropped', () => {
    expect(decision(ask(elsewhere, { from: POD, ...toNode }))).toEqual(kept(['10.1.0.1:8080']));
    expect(decision(ask(elsewhere, { from: CLIENT, ...toNode }))).toEqual(stopped('drop'));
  });

  test('pods are told by the device they come in by, where the detector asks for it', () => {
    const facts = {
      profile: proxyProfile({ detectLocal: 'InterfaceNamePrefix', interfaceNamePrefix: 'veth' }),
    };
    expect(decision(ask(local, { from: POD, ...toNode, facts, inDevice: 'veth1' }))).toEqual(kept(BOTH));
    expect(decision(ask(local, { from: POD, ...toNode, facts, inDevice: 'eth0' }))).toEqual(
      kept(['10.1.0.2:8080']),
    );
    expect(decision(ask(local, { from: POD, ...toNode, facts }))).toEqual(kept(['10.1.0.2:8080']));
  });

  test('127.0.0.1 is served on the node, and guarded against everybody else', () => {
    expect(decision(ask(local, { from: '127.0.0.1', to: '127.0.0.1', port: 30001 }))).toEqual(
      masqueraded(BOTH),
    );
    const off = { profile: proxyProfile({ localhostNodePorts: false }) };
    expect(decision(ask(local, { from: '127.0.0.1', to: '127.0.0.1', port: 30001, facts: off }))).toEqual(
      stopped('none'),
    );
    expect(decision(ask(local, { from: CLIENT, to: '127.0.0.1', port: 8080 }))).toEqual(stopped('drop'));
  });
});

test('what the node sends to itself is filtered on its way out and on its way in', () => {
  const none: PortFacts = { type: 'NodePort', nodePort: 30001, endpoints: [] };
  expect(decision(ask(none, { from: NODE, to: NODE, port: 30001 }))).toEqual(stopped('reject'));
  const external: PortFacts = { externalIps: [ip('192.0.2.1')], endpoints: [] };
  expect(decision(ask(external, { from: NODE, to: '192.0.2.1' }))).toEqual(stopped('none'));
  expect(decision(ask(external, { from: CLIENT, to: '192.0.2.1' }))).toEqual(stopped('reject'));
  const owner = { node: node({ addresses: [ip(NODE), ip('192.0.2.1')] }) };
  expect(decision(ask(external, { from: NODE, to: '192.0.2.1', facts: owner }))).toEqual(stopped('reject'));
});

test('an endpoint on the node itself is reached through INPUT, unmasqueraded', () => {
  const hostNetwork: PortFacts = {
    type: 'NodePort',
    nodePort: 30001,
    endpoints: [endpoint(`${NODE}:8080`, here)],
  };
  const { rules, ...verdict } = ask(hostNetwork, { from: CLIENT, to: NODE, port: 30001 });
  expect(verdict).toEqual(kept([`${NODE}:8080`]));
  expect(
    rules
      .filter(({ chain }) => ['INPUT', 'FORWARD', 'POSTROUTING'].includes(chain))
      .map(({ chain }) => chain),
  ).toEqual(['INPUT', 'INPUT', 'INPUT', 'INPUT']);
});

test('a health check is let in: accepted, without a backend', () => {
  const health: PortFacts = {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 32000,
  };
  expect(decision(ask(health, { from: CLIENT, to: NODE, port: 32000 }))).toEqual(kept([]));
});

describe('with rules of somebody else', () => {
  /** A rule of its own, before those of the proxy. */
  const dropping = (hook: 'input' | 'forward' | 'output', ...matches: readonly Match[]): RulesetPart => ({
    chains: [],
    base: [
      { table: 'filter', hook, position: 'prepend', rule: { matches, target: { kind: 'drop' }, origin: [] } },
    ],
  });
  const askBehind = (part: RulesetPart, port: PortFacts, { from, to, port: dstPort = 80 }: Ask) => {
    const input = proxyInput([api(port)]);
    const ruleset = composeRuleset(4, [iptablesProxy.compile(input), part]);
    const packet = packetOf({ from, to, port: dstPort });
    return decision(serviceVerdict({ ruleset, addresses: [ip(NODE)], packet, inDevice: 'eth0' }));
  };
  const toPod = { from: POD, to: CLUSTER_IP };

  test('that let one way through and stop another: stopped', () => {
    const endpoints = [endpoint('10.1.0.1:8080'), endpoint('10.1.0.2:9090')];
    const part = dropping('forward', { kind: 'destination-port', port: 9090 });
    expect(askBehind(part, { endpoints }, toPod)).toEqual(stopped('drop'));
  });

  test('that ask whether the destination was rewritten', () => {
    const part = dropping('forward', { kind: 'conntrack-state', states: ['DNAT'] });
    expect(askBehind(part, {}, toPod)).toEqual(stopped('drop'));
    expect(askBehind(part, {}, { ...toPod, port: 81 })).toEqual(stopped('none'));
  });

  test('that ask for the device: what the node sends to itself comes in by lo', () => {
    const byDevice = (name: string) => dropping('input', { kind: 'in-interface', name });
    const toNode = { to: NODE, port: 22 };
    expect(askBehind(byDevice('eth0'), {}, { from: CLIENT, ...toNode })).toEqual(stopped('drop'));
    expect(askBehind(byDevice('eth0'), {}, { from: NODE, ...toNode })).toEqual(stopped('none'));
    expect(askBehind(byDevice('lo'), {}, { from: NODE, ...toNode })).toEqual(stopped('drop'));
    const onItsWayOut = dropping('output', { kind: 'in-interface', name: 'lo' });
    expect(askBehind(onItsWayOut, {}, { from: NODE, ...toNode })).toEqual(stopped('none'));
  });
});
