/**
 * Host ports by the CNI plugin portmap with its nftables backend, in the table `cni_hostport`:
 *
 *   prerouting, output › hostports_all › hostip_hostports (of older plugins), hostports: DNAT
 *   postrouting › masquerading: what a pod sends to itself, and what comes from 127.0.0.1
 *
 * It is that of version 1.9.0. Before, prerouting did not ask whether the address is the node's, and took whatever
 * passed the node for that port (containernetworking/plugins#1209, CVE-2025-67499).
 * Source: containernetworking/plugins:plugins/meta/portmap/portmap_nftables.go.
 */

import { hostCidr, parseCidr } from '../../net/cidr.ts';
import type { Chain, Hook, Match, Rule, RulesetPart, Table } from '../../netfilter/ruleset.ts';
import { PRIORITIES } from '../../netfilter/stations.ts';
import { from, jumpTo, to, toLocal, writeRule } from '../../netfilter/write-rule.ts';
import type { HostPorts } from '../host-ports.ts';
import { type MappedPod, mappedPods, type PortmapOptions } from './portmap-pods.ts';

const TABLE = 'cni_hostport';
const ALL = 'hostports_all';
const WITH_ADDRESS = 'hostip_hostports';
const PORTS = 'hostports';
const LOOPBACK = '127.0.0.1/32';
const NONE: RulesetPart = { chains: [], base: [] };

/** The facet. Rules are added behind those of pods that came before: the first one keeps a port. */
export function portmapNftables(options: PortmapOptions): HostPorts {
  return (input) => {
    const pods = mappedPods(input, { ...options, backend: 'nftables' });
    return pods.length === 0 ? NONE : { chains: [], base: [], tables: [tableFor(pods)] };
  };
}

function tableFor(pods: readonly MappedPod[]): Table {
  const chains: readonly Chain[] = [
    baseChain('prerouting', 'prerouting', [writeRule([toLocal], jumpTo(ALL))]),
    baseChain('output', 'output', [writeRule([toLocal], jumpTo(ALL))]),
    baseChain('masquerading', 'postrouting', pods.flatMap(masqueradeRules)),
    { name: ALL, rules: [writeRule([], jumpTo(WITH_ADDRESS)), writeRule([], jumpTo(PORTS))] },
    { name: WITH_ADDRESS, rules: [] },
    { name: PORTS, rules: pods.flatMap(portRules) },
  ];
  return {
    name: TABLE,
    syntax: 'nftables',
    comment: 'CNI portmap plugin',
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}

function baseChain(name: string, hook: Hook, rules: readonly Rule[]): Chain {
  const priority = hook === 'postrouting' ? PRIORITIES.snat : PRIORITIES.dnat;
  return { name, hook, type: 'nat', priority, rules };
}

function portRules({ pod, rules, origins }: MappedPod): readonly Rule[] {
  return rules.map(({ mapping, hostIp, podIp }): Rule => {
    const matches: readonly Match[] = [
      ...(hostIp === undefined ? [] : [to(hostCidr(hostIp))]),
      { kind: 'protocol', protocol: mapping.protocol },
      { kind: 'destination-port', port: mapping.hostPort },
    ];
    return {
      matches,
      target: { kind: 'dnat', ip: podIp, port: mapping.containerPort },
      comment: commentOf(pod),
      origin: origins.get(mapping) ?? [],
    };
  });
}

/** Two rules for each container, whatever its ports are (IPv6 has no second one). */
function masqueradeRules({ pod, ip }: MappedPod): readonly Rule[] {
  const loopback = ip.family === 4 ? parseCidr(LOOPBACK) : undefined;
  const sources = [hostCidr(ip), ...(loopback === undefined ? [] : [loopback])];
  return sources.map((source) =>
    writeRule([from(source), to(hostCidr(ip))], { kind: 'masquerade', randomFully: false }, commentOf(pod)),
  );
}

/** The real comment is the container's ID, which nobody can know. */
function commentOf({ key }: MappedPod['pod']): string {
  return `~${key}`;
}
