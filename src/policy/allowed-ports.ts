/** All ports at once: the exact set of destination ports that policies let one end send to another. */

import {
  ALL_PORTS,
  intersectPorts,
  isEmpty,
  NO_PORTS,
  type PortSet,
  portRange,
  subtractPorts,
  unitePorts,
} from '../net/port-set.ts';
import { exemption } from './decide.ts';
import { peerMatches, portsNamed } from './match.ts';
import type { Party } from './party.ts';
import type { CompiledPolicy, Direction, PolicyRule, PortItem } from './policy.ts';
import type { PolicyIndex } from './policy-index.ts';
import { isIsolating } from './stages.ts';

export interface Pair {
  readonly from: Party;
  readonly to: Party;
}

/** The ports on which `from` may open connections to `to`, by both ends. */
export function allowedPorts(index: PolicyIndex, pair: Pair): PortSet {
  return intersectPorts(portsAllowedBy(index, pair, 'egress'), portsAllowedBy(index, pair, 'ingress'));
}

/** The ports that the policies of one end allow. */
export function portsAllowedBy(index: PolicyIndex, pair: Pair, direction: Direction): PortSet {
  const subject = direction === 'egress' ? pair.from : pair.to;
  if (subject.kind !== 'pod' || exemption(pair, direction) !== undefined) return ALL_PORTS;
  let allowed = NO_PORTS;
  let rest = ALL_PORTS;
  for (const stage of index.selecting(subject.pod, direction)) {
    const split = splitPorts(index, stage.policies, { pair, direction }, rest);
    allowed = unitePorts(allowed, split.allowed);
    rest = isIsolating(stage) ? split.passed : unitePorts(split.passed, split.undecided);
    if (isEmpty(rest)) return allowed;
  }
  return unitePorts(allowed, rest);
}

/** The ports that a rule's items mean at this destination; none of them means all. */
export function portsOfItems(items: readonly PortItem[] | undefined, to: Party): PortSet {
  if (items === undefined) return ALL_PORTS;
  return items.reduce((set, item) => unitePorts(set, portsOfItem(item, to)), NO_PORTS);
}

interface AskedPair {
  readonly pair: Pair;
  readonly direction: Direction;
}

interface Split {
  readonly allowed: PortSet;
  readonly passed: PortSet;
  readonly undecided: PortSet;
}

/** A tier: each port goes to the first rule that matches it. */
function splitPorts(
  index: PolicyIndex,
  policies: readonly CompiledPolicy[],
  asked: AskedPair,
  ports: PortSet,
): Split {
  const taken = { allow: NO_PORTS, deny: NO_PORTS, pass: NO_PORTS };
  let undecided = ports;
  for (const rule of policies.flatMap((policy) => policy.rules)) {
    if (isEmpty(undecided)) break;
    const matched = intersectPorts(portsMatched(index, rule, asked), undecided);
    taken[rule.action] = unitePorts(taken[rule.action], matched);
    undecided = subtractPorts(undecided, matched);
  }
  return { allowed: taken.allow, passed: taken.pass, undecided };
}

function portsMatched(
  index: PolicyIndex,
  { peers, ports }: PolicyRule,
  { pair, direction }: AskedPair,
): PortSet {
  const peer = direction === 'egress' ? pair.to : pair.from;
  if (peers !== undefined && !peers.some((each) => peerMatches(index, each, peer))) return NO_PORTS;
  return portsOfItems(ports, pair.to);
}

function portsOfItem(item: PortItem, to: Party): PortSet {
  switch (item.kind) {
    case 'range':
      return portRange(item.protocol, item.from, item.to);
    case 'named':
      return portsNamed(item, to).reduce(
        (set, { protocol, containerPort }) =>
          protocol === 'icmp' ? set : unitePorts(set, portRange(protocol, containerPort, containerPort)),
        NO_PORTS,
      );
    case 'unreadable':
      return NO_PORTS;
  }
}
