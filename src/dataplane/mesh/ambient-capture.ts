/**
 * The rules that istio-cni's agent writes into the network namespace of an ambient pod, where the sockets of the node's
 * ztunnel are: connections of the application go to port 15001, plaintext to it goes to 15006, HBONE (15008) needs no
 * rule. Connections that ztunnel opens to the application come from the address of the client; answers find back to it
 * by the connection's mark and a route that takes every address.
 * Source: istio/istio:cni/pkg/iptables/iptables.go AppendInpodRules, iptables_linux.go. Rules: docs/semantics/istio.md 13.1.
 */

import { type AmbientSettings, ZTUNNEL_MARKS } from '../../control/mesh/ambient-settings.ts';
import { PROXY_PORTS } from '../../control/mesh/capture-settings.ts';
import { type Cidr, everyAddress, hostCidr } from '../../net/cidr.ts';
import { type IpFamily, parseIp } from '../../net/ip.ts';
import type { Match, Rule, RulesetPart } from '../../netfilter/ruleset.ts';
import {
  ACCEPT,
  BACK,
  baseRule,
  from,
  inBy,
  jumpTo,
  notTo,
  outBy,
  to,
  writeRule,
} from '../../netfilter/write-rule.ts';
import type { Route, RoutingRule } from '../network.ts';

const TCP: Match = { kind: 'protocol', protocol: 'tcp' };
const { socket, connection, mask } = ZTUNNEL_MARKS;
const NOT_ZTUNNELS: Match = { kind: 'mark', value: socket, mask, not: true };
const OUTPUT = 'ISTIO_OUTPUT';
const PREROUTING = 'ISTIO_PRERT';

const LOCALHOST: Readonly<Record<IpFamily, string>> = { 4: '127.0.0.1', 6: '::1' };
/** What probes of the node's kubelet come from (manifests/charts/istio-cni). */
export const PROBE_ADDRESS: Readonly<Record<IpFamily, string>> = {
  4: '169.254.7.127',
  6: 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff',
};

/** The rules of an ambient pod. */
export function ambientCapture(settings: AmbientSettings, family: IpFamily): RulesetPart {
  const probes = addressOf(PROBE_ADDRESS[family]);
  const localhost = addressOf(LOCALHOST[family]);
  const inbound = settings.bypassesInbound ? [] : inboundRules(probes, localhost);
  const isOwn: Rule[] = settings.bypassesInbound ? [] : [markConnection()];
  return {
    chains: [
      { table: 'mangle', chain: { name: PREROUTING, rules: isOwn } },
      { table: 'mangle', chain: { name: OUTPUT, rules: [restoreMark()] } },
      {
        table: 'nat',
        chain: {
          name: PREROUTING,
          rules: [...settings.virtualInterfaces.flatMap(asOutbound), ...inbound],
        },
      },
      { table: 'nat', chain: { name: OUTPUT, rules: outputRules(probes, localhost) } },
    ],
    base: [
      baseRule(['mangle', 'prerouting'], writeRule([], jumpTo(PREROUTING))),
      baseRule(['mangle', 'output'], writeRule([], jumpTo(OUTPUT))),
      baseRule(['nat', 'output'], writeRule([], jumpTo(OUTPUT))),
      baseRule(['nat', 'prerouting'], writeRule([], jumpTo(PREROUTING))),
    ],
  };
}

/** `ip rule add fwmark 0x111/0xfff pref 32764 lookup 100`, and the route in that table. */
export const AMBIENT_ROUTING: {
  readonly rules: readonly RoutingRule[];
  readonly table: string;
  readonly routes: readonly Route[];
} = {
  rules: [{ priority: 32764, mark: { value: connection, mask }, table: '100' }],
  table: '100',
  routes: ([4, 6] as const).map((family) => ({ prefix: everyAddress(family), device: 'lo', local: true })),
};

/** ztunnel connects to the application: the connection is known by its mark from then on. */
function markConnection(): Rule {
  return writeRule([{ kind: 'mark', value: socket, mask }], {
    kind: 'connmark-set',
    value: connection,
    mask,
  });
}

function restoreMark(): Rule {
  return writeRule([{ kind: 'connection-mark', value: connection, mask }], {
    kind: 'connmark-restore',
    mask: 0xffffffff,
  });
}

function asOutbound(device: string): readonly Rule[] {
  const matches = [inBy(device), TCP];
  return [writeRule(matches, { kind: 'redirect', port: PROXY_PORTS.outbound }), writeRule(matches, BACK)];
}

function inboundRules(probes: Cidr, localhost: Cidr): readonly Rule[] {
  const notHbone: Match = { kind: 'destination-port', port: PROXY_PORTS.hbone, not: true };
  return [
    writeRule([from(probes), TCP], ACCEPT),
    writeRule([notTo(localhost), TCP, notHbone, NOT_ZTUNNELS], {
      kind: 'redirect',
      port: PROXY_PORTS.inbound,
    }),
  ];
}

function outputRules(probes: Cidr, localhost: Cidr): readonly Rule[] {
  return [
    writeRule([to(probes), TCP], ACCEPT),
    writeRule([TCP, { kind: 'mark', value: connection, mask }], ACCEPT),
    // The application calls its own pod.
    writeRule([notTo(localhost), outBy('lo')], ACCEPT),
    writeRule([notTo(localhost), TCP, NOT_ZTUNNELS], { kind: 'redirect', port: PROXY_PORTS.outbound }),
  ];
}

function addressOf(text: string): Cidr {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`${text} is no address`);
  return hostCidr(ip);
}
