/** The question of `k8snet rules --packet`: what a node's service proxy does with one packet, by which rules. */

import type { ProxyMode } from '../cluster/profile.ts';
import type { IpFamily } from '../net/ip.ts';
import { parseIp } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { RuleVisit } from '../netfilter/evaluate.ts';
import { printIptablesRule } from '../netfilter/print-iptables.ts';
import { printNftRule } from '../netfilter/print-nft.ts';
import type { SourceAnswer } from './answer.ts';
import { objectNamer } from './namer.ts';
import { proxyVerdict } from './proxy-verdict.ts';
import { absentRules, modelledMode, nodeOf } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import { type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { TOOL } from './tool.ts';
import { UsageError } from './usage-error.ts';

export interface PacketRulesQuestion {
  readonly node: string;
  readonly mode?: ProxyMode;
  /** `SRC,DST:PORT[/PROTO]`. */
  readonly packet: string;
}

export interface PacketRulesAnswer {
  readonly schema: 'k8snet/rules-packet/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly node: string;
  readonly mode: ProxyMode;
  readonly packet: {
    readonly source: string;
    readonly destination: string;
    readonly port: number;
    readonly protocol: Protocol;
  };
  readonly verdict: 'accept' | 'drop' | 'reject' | 'none';
  /** `ip:port` in the order of the rules; each as likely as the others, unless topology or affinity chose. */
  readonly backends: readonly string[];
  readonly masquerade: boolean;
  /** The rules that matched, in order, each once. */
  readonly rules: readonly PacketRule[];
}

export interface PacketRule {
  readonly table: string;
  readonly chain: string;
  /** Counted from 1. */
  readonly position: number;
  /** As iptables-save, or nft, spells it. */
  readonly rule: string;
  /** What it does: `jump`, `dnat`, `drop`…; absent if it only has effects of its matches. */
  readonly target?: string;
  readonly because?: readonly SourceAnswer[];
}

/**
 * What the rules say of a packet.
 * @throws UsageError for an unknown node, a packet that cannot be read, or a mode whose rules are not known.
 */
export function packetRules(snapshot: Snapshot, question: PacketRulesQuestion): PacketRulesAnswer {
  const { name } = nodeOf(snapshot, question.node);
  const absent = question.mode === undefined ? absentRules(snapshot) : undefined;
  if (absent !== undefined)
    throw new UsageError(absent, ['k8snet trace FROM TO', '-o nft', '-o iptables-save']);
  const mode = modelledMode(question.mode ?? snapshot.profile.proxy.mode);
  const packet = readPacket(question.packet);
  const { rules, ...verdict } = proxyVerdict(snapshot, { node: name, mode, ...packet });
  const namer = objectNamer(snapshot.objects);
  const family = parseIp(packet.destination)?.family ?? 4;
  return {
    schema: 'k8snet/rules-packet/1',
    tool: TOOL,
    node: name,
    mode,
    packet,
    ...verdict,
    rules: rules.map((visit) => packetRule(visit, { family, namer })),
  };
}

function packetRule(
  { table, syntax, chain, position, rule }: RuleVisit,
  { family, namer }: { readonly family: IpFamily; readonly namer: ObjectNamer },
): PacketRule {
  const because = rule.origin.map((ref) => sourceAnswer(ref, { namer }));
  return {
    table,
    chain,
    position,
    rule: syntax === 'nftables' ? printNftRule(rule, family) : printIptablesRule(chain, rule, family),
    ...(rule.target === undefined ? {} : { target: rule.target.kind }),
    ...(because.length === 0 ? {} : { because }),
  };
}

/** `10.244.1.5,10.96.0.50:80/tcp`, `fd00::5,[fd00:10::50]:80`. */
function readPacket(text: string): PacketRulesAnswer['packet'] {
  const parts = /^([^,]+),\[?([^,\]]+)\]?:(\d{1,5})(?:\/(\w+))?$/.exec(text.trim());
  const [, source = '', destination = '', port = '', word = 'tcp'] = parts ?? [];
  const protocol = (['tcp', 'udp', 'sctp'] as const).find((known) => known === word.toLowerCase());
  const isRead = parts !== null && protocol !== undefined && Number(port) >= 1 && Number(port) <= 65535;
  if (isRead && parseIp(source)?.family === parseIp(destination)?.family && parseIp(source) !== undefined) {
    return { source, destination, port: Number(port), protocol };
  }
  throw new UsageError(
    `--packet ${text}: expected SRC,DST:PORT[/tcp|udp|sctp] with two addresses of a family`,
    ['10.244.1.5,10.96.0.50:80', '10.244.1.5,10.96.0.10:53/udp', 'fd00::5,[fd00:10::50]:80'],
  );
}
