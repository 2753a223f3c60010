/**
 * The rules that a sidecar's init container writes into the network namespace of its pod: connections of the
 * application go to the proxy's port 15001, those to it to 15006, and the proxy's own pass.
 * Source: istio/istio:tools/istio-iptables/pkg/capture/run.go and testdata/*.golden.
 * Rules: docs/semantics/istio.md 1.5.
 */

import { type CaptureSettings, PROXY_PORTS, PROXY_UID } from '../../control/mesh/capture-settings.ts';
import { type Cidr, hostCidr } from '../../net/cidr.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { composeRuleset } from '../../netfilter/compose.ts';
import { evaluateHook } from '../../netfilter/evaluate.ts';
import type { Chain, Match, Rule, RulesetPart, Target } from '../../netfilter/ruleset.ts';
import {
  BACK,
  baseRule,
  from,
  jumpTo,
  NO_RULES,
  notTo,
  outBy,
  to,
  writeRule,
} from '../../netfilter/write-rule.ts';

const TCP: Match = { kind: 'protocol', protocol: 'tcp' };
const LOOPBACK = outBy('lo');

/** What the proxy sends to its own application comes from here. */
const FROM_PROXY: Readonly<Record<IpFamily, string>> = { 4: '127.0.0.6', 6: '::6' };
const LOCALHOST: Readonly<Record<IpFamily, string>> = { 4: '127.0.0.1', 6: '::1' };

const INBOUND = 'ISTIO_INBOUND';
const OUTPUT = 'ISTIO_OUTPUT';
const TO_OUTBOUND = 'ISTIO_REDIRECT';
const TO_INBOUND = 'ISTIO_IN_REDIRECT';

/** The rules of a pod with a sidecar; none where the pod says so. */
export function sidecarCapture(settings: CaptureSettings, family: IpFamily): RulesetPart {
  if (settings.mode === 'NONE') return NO_RULES;
  const isInbound = settings.includeInboundPorts === 'all' || settings.includeInboundPorts.length > 0;
  const chains = [
    chain(INBOUND, inboundRules(settings)),
    chain(OUTPUT, outputRules(settings, family)),
    chain(TO_OUTBOUND, [rule([TCP], { kind: 'redirect', port: PROXY_PORTS.outbound })]),
    chain(TO_INBOUND, [rule([TCP], { kind: 'redirect', port: PROXY_PORTS.inbound })]),
  ];
  return {
    chains: chains.map((each) => ({ table: 'nat', chain: each })),
    base: [
      ...(isInbound ? [baseRule(['nat', 'prerouting'], rule([TCP], jumpTo(INBOUND)))] : []),
      baseRule(['nat', 'output'], rule([], jumpTo(OUTPUT))),
    ],
  };
}

function chain(name: string, rules: readonly Rule[]): Chain {
  return { name, rules };
}

function rule(matches: readonly Match[], target: Target): Rule {
  return writeRule(matches, target);
}

function toPort(port: number): Match {
  return { kind: 'destination-port', port };
}

function inboundRules({ includeInboundPorts, excludeInboundPorts }: CaptureSettings): readonly Rule[] {
  const hbone = rule([TCP, toPort(PROXY_PORTS.hbone)], BACK);
  if (includeInboundPorts !== 'all') {
    return [hbone, ...includeInboundPorts.map((port) => rule([TCP, toPort(port)], jumpTo(TO_INBOUND)))];
  }
  return [
    hbone,
    ...excludeInboundPorts.map((port) => rule([TCP, toPort(port)], BACK)),
    rule([TCP], jumpTo(TO_INBOUND)),
  ];
}

function outputRules(settings: CaptureSettings, family: IpFamily): readonly Rule[] {
  const localhost = addressOf(LOCALHOST[family]);
  const ofFamily = (ranges: readonly Cidr[]) => ranges.filter((range) => range.family === family);
  return [
    // Before the proxy's connections to its own pod are redirected.
    ...settings.excludeOutboundPorts.map((port) => rule([TCP, toPort(port)], BACK)),
    rule([LOOPBACK, from(addressOf(FROM_PROXY[family]))], BACK),
    ...(['uid', 'gid'] as const).flatMap((by) => ownerRules(by, localhost)),
    rule([to(localhost)], BACK),
    ...ofFamily(settings.excludeOutboundRanges).map((range) => rule([to(range)], BACK)),
    ...settings.includeOutboundPorts.map((port) => rule([TCP, toPort(port)], jumpTo(TO_OUTBOUND))),
    ...(settings.includeOutboundRanges === 'all'
      ? [rule([], jumpTo(TO_OUTBOUND))]
      : ofFamily(settings.includeOutboundRanges).map((range) => rule([to(range)], jumpTo(TO_OUTBOUND)))),
  ];
}

/** The proxy calls its own pod: back in by the inbound port. The application calls its own pod: nobody is between. */
function ownerRules(by: 'uid' | 'gid', localhost: Cidr): readonly Rule[] {
  const proxy: Match = { kind: 'owner', by, id: PROXY_UID };
  const others: Match = { kind: 'owner', by, id: PROXY_UID, not: true };
  const notHbone: Match = { kind: 'destination-port', port: PROXY_PORTS.hbone, not: true };
  return [
    rule([LOOPBACK, notTo(localhost), TCP, notHbone, proxy], jumpTo(TO_INBOUND)),
    rule([LOOPBACK, others], BACK),
    rule([proxy], BACK),
  ];
}

function addressOf(text: string): Cidr {
  return hostCidr(ipOf(text));
}

function ipOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`${text} is no address`);
  return ip;
}

/** The address from which the proxy opens connections to its own application. */
export function proxyAddress(family: IpFamily): Ip {
  return ipOf(FROM_PROXY[family]);
}

/** A packet in the pod's network namespace. */
export interface CapturePacket {
  readonly hook: 'output' | 'prerouting';
  readonly protocol: 'tcp' | 'udp';
  readonly src?: Ip;
  readonly dst: Ip;
  readonly port: number;
  /** The device that it leaves by. */
  readonly out?: string;
  /** Whose process sends it. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** `redirect` to a port of the proxy; `return`: a rule lets it pass; `none`: no rule is for it. */
export type CaptureVerdict =
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'return' | 'none' };

/** What the rules do with a packet: they are run, not told. */
export function captureVerdict(settings: CaptureSettings, packet: CapturePacket): CaptureVerdict {
  const { family } = packet.dst;
  const ruleset = composeRuleset(family, [sidecarCapture(settings, family)]);
  const [outcome] = evaluateHook(ruleset, 'nat', packet.hook, {
    packet: {
      protocol: packet.protocol,
      src: packet.src ?? packet.dst,
      srcPort: 40000,
      dst: packet.dst,
      dstPort: packet.port,
      ttl: 64,
      mark: 0,
    },
    ...(packet.hook === 'prerouting' ? { inDevice: 'eth0' } : {}),
    ...(packet.out === undefined ? {} : { outDevice: packet.out }),
    ...(packet.owner === undefined ? {} : { owner: packet.owner }),
    states: ['NEW'],
    isLocal: () => false,
  });
  if (outcome?.nat?.kind === 'redirect') return { kind: 'redirect', port: outcome.nat.port };
  return { kind: outcome?.trail.at(-1)?.rule.target?.kind === 'return' ? 'return' : 'none' };
}
