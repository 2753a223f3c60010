/** One end of a rule of Calico's as peers, and its ports (docs/semantics/network-policy.md, Calico). */

import type { CalicoEntity, CalicoRulePart } from '../../k8s/policy-parts/calico-rules.ts';
import type { PlacedCidr } from '../../k8s/policy-parts/parts.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { type LabelSelector, selectorMatches } from '../../k8s/selector.ts';
import { type Cidr, parseCidr } from '../../net/cidr.ts';
import type { IpFamily } from '../../net/ip.ts';
import {
  ALL_PORTS,
  isEmpty,
  NO_PORTS,
  PORT_PROTOCOLS,
  type PortSet,
  portRange,
  subtractPorts,
  unitePorts,
} from '../../net/port-set.ts';
import type { FieldPath } from '../../source/document.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { Direction, Peer, PolicyRule, PortItem } from '../policy.ts';
import { type Asked, askedBy, podSetOf, type SelectorOwner } from './calico-selections.ts';

/** A NetworkSet, or a GlobalNetworkSet, which has no namespace. */
export interface CalicoNetworkSet {
  readonly namespace?: string;
  readonly namespaceLabels: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly nets: readonly PlacedCidr[];
  readonly origin: SourceRef;
}

/** The sets of addresses that selectors can mean. */
export function networkSets(objects: ObjectSet): readonly CalicoNetworkSet[] {
  const namespaces = new Map(
    objects.ofKind('Namespace').map(({ metadata }) => [metadata.name, metadata.labels]),
  );
  const named = (name: string) =>
    new Map([...(namespaces.get(name) ?? []), ['kubernetes.io/metadata.name', name]]);
  return [
    ...objects.ofKind('NetworkSet').map(({ metadata: { namespace, labels }, body, origin }) => ({
      namespace,
      namespaceLabels: named(namespace),
      labels,
      nets: body.nets,
      origin,
    })),
    ...objects.ofKind('GlobalNetworkSet').map(({ metadata: { labels }, body, origin }) => ({
      namespaceLabels: new Map<string, string>(),
      labels,
      nets: body.nets,
      origin,
    })),
  ];
}

export interface PeersInput {
  readonly owner: SelectorOwner;
  readonly sets: readonly CalicoNetworkSet[];
}

/** The rule of a direction. @returns undefined for one that only logs. */
export function compileCalicoRule(
  part: CalicoRulePart,
  index: number,
  { direction, ...input }: PeersInput & { readonly direction: Direction },
): PolicyRule | undefined {
  const { action, source, destination, path } = part;
  if (action === 'log') return undefined;
  const [own, other] = direction === 'ingress' ? [destination, source] : [source, destination];
  const ports = portsOf(part, input.owner.origin);
  const unmodelled = [
    ...part.unmodelled,
    ...own.unmodelled,
    ...conditionsOf(own),
    ...[...source.ports, ...source.notPorts].map((port) => port.path),
    ...(ports === 'unmodelled' ? destination.notPorts.map((port) => port.path) : []),
  ];
  const [first] = unmodelled;
  const peers = first === undefined ? peersOf(other, part.ipVersion, input) : [unknown(first, input.owner)];
  return {
    action,
    index,
    origin: refTo(input.owner.origin, ...path),
    ...(peers === undefined ? {} : { peers }),
    ...(ports === undefined || ports === 'unmodelled' ? {} : { ports }),
  };
}

/** What a rule asks of the pod that its policy is about, besides ports. */
function conditionsOf({
  nets,
  notNets,
  selector,
  notSelector,
  namespaceSelector,
  serviceAccounts,
}: CalicoEntity) {
  const written = [selector, notSelector, namespaceSelector, serviceAccounts, nets[0], notNets[0]];
  return written.flatMap((each) => (each === undefined ? [] : [each.path]));
}

function unknown(path: FieldPath, { origin }: SelectorOwner, what = `\`${String(lastName(path))}\``): Peer {
  return { kind: 'unmodelled', what, origin: refTo(origin, ...path) };
}

function lastName(path: FieldPath): string | number | undefined {
  return path.findLast((part) => typeof part === 'string');
}

function peersOf(
  entity: CalicoEntity,
  ipVersion: IpFamily | undefined,
  input: PeersInput,
): readonly Peer[] | undefined {
  const { owner } = input;
  const { selector, notSelector, namespaceSelector, serviceAccounts } = entity;
  const [beyond] = entity.unmodelled;
  if (beyond !== undefined) return [unknown(beyond, owner)];
  const selects = [selector, notSelector, namespaceSelector, serviceAccounts].some(
    (each) => each !== undefined,
  );
  const hasNets = entity.nets.length + entity.notNets.length > 0;
  if (!selects && !hasNets) {
    return ipVersion === undefined
      ? undefined
      : [block(wholeFamily(ipVersion), refTo(owner.origin, ...entity.path))];
  }
  if (!selects) return blocksOf(entity, ipVersion, owner);
  if (hasNets || ipVersion !== undefined)
    return [
      unknown(entity.path, owner, hasNets ? 'a selector beside nets' : '`ipVersion` beside a selector'),
    ];
  const isOnlyNot = [selector, namespaceSelector, serviceAccounts].every((each) => each === undefined);
  if (isOnlyNot && owner.namespace === undefined) return [unknown(notSelector?.path ?? entity.path, owner)];
  return selectedPeers(entity, input);
}

/** Pods, and the addresses of network sets, that the selectors mean. */
function selectedPeers(entity: CalicoEntity, { owner, sets }: PeersInput): readonly Peer[] {
  const asked = askedBy(entity);
  if (typeof asked === 'string') return [unknown(entity.path, owner, asked)];
  const isOwn = owner.namespace !== undefined && entity.namespaceSelector === undefined;
  const origin = refTo(owner.origin, ...entity.path);
  return asked.flatMap((each): readonly Peer[] => {
    const pods = podSetOf(each, entity, owner);
    const nets = sets
      .filter(({ namespace }) => !isOwn || namespace === owner.namespace)
      .filter((set) => isSelected(set, each))
      .flatMap((set) => set.nets.map(({ cidr, path }) => block(cidr, refTo(set.origin, ...path))));
    return [...(pods === undefined ? [] : [{ kind: 'pods' as const, pods, origin }]), ...nets];
  });
}

function isSelected(set: CalicoNetworkSet, { pods, namespaces, accounts, global }: Asked): boolean {
  const holds = (matchExpressions: LabelSelector['matchExpressions'], labels: ReadonlyMap<string, string>) =>
    selectorMatches({ matchLabels: new Map(), matchExpressions }, labels);
  if (global && set.namespace !== undefined) return false;
  return holds(pods, set.labels) && holds(namespaces, set.namespaceLabels) && holds(accounts, new Map());
}

function block(cidr: Cidr, origin: SourceRef, except: Extract<Peer, { kind: 'block' }>['except'] = []): Peer {
  return { kind: 'block', cidr, except, origin };
}

function wholeFamily(family: IpFamily): Cidr {
  const cidr = parseCidr(family === 4 ? '0.0.0.0/0' : '::/0');
  if (cidr === undefined) throw new Error('every address is a range');
  return cidr;
}

/**
 * A rule is about a family only if each of its lists has nets of that family, and a list of exceptions does not hold
 * all of it (projectcalico/calico:felix/rules/policy.go FilterRuleToIPVersion).
 */
function blocksOf(
  { nets, notNets, path }: CalicoEntity,
  ipVersion: IpFamily | undefined,
  { origin }: SelectorOwner,
): readonly Peer[] {
  return ([4, 6] as const).flatMap((family): readonly Peer[] => {
    const ofFamily = (list: readonly PlacedCidr[]) => list.filter(({ cidr }) => cidr.family === family);
    const [own, not] = [ofFamily(nets), ofFamily(notNets)];
    const isOther = ipVersion !== undefined && ipVersion !== family;
    const isFiltered = (nets.length > 0 && own.length === 0) || (notNets.length > 0 && not.length === 0);
    if (isOther || isFiltered || not.some(({ cidr }) => cidr.length === 0)) return [];
    const except = not.map((hole) => ({ cidr: hole.cidr, origin: refTo(origin, ...hole.path) }));
    if (own.length === 0) return [block(wholeFamily(family), refTo(origin, ...path), except)];
    return own.map((net) => block(net.cidr, refTo(origin, ...net.path), except));
  });
}

/**
 * The destination ports of a rule.
 * @returns undefined: every port of every protocol; names that must not be are not modelled.
 */
function portsOf(
  { protocols, destination: { ports, notPorts, path } }: CalicoRulePart,
  owner: SourceRef,
): readonly PortItem[] | undefined | 'unmodelled' {
  if (protocols === undefined) return undefined;
  const place = (at: FieldPath) => refTo(owner, ...at);
  if (notPorts.length === 0 && ports.length > 0) {
    return ports.map(({ path: at, ...port }) => ({ ...port, origin: place(at) }));
  }
  const isNamed = [...ports, ...notPorts].some(({ kind }) => kind === 'named');
  if (isNamed) return 'unmodelled';
  const all = protocols.map((protocol) => portRange(protocol, 1, 65535)).reduce(unitePorts, NO_PORTS);
  const wanted = ports.length === 0 ? all : rangesOf(ports);
  const left = subtractPorts(wanted, rangesOf(notPorts));
  return itemsOf(isEmpty(subtractPorts(ALL_PORTS, left)) ? ALL_PORTS : left, place(path));
}

function rangesOf(ports: CalicoEntity['ports']): PortSet {
  return ports.reduce(
    (set, port) =>
      port.kind === 'range' ? unitePorts(set, portRange(port.protocol, port.from, port.to)) : set,
    NO_PORTS,
  );
}

function itemsOf(set: PortSet, origin: SourceRef): readonly PortItem[] {
  return PORT_PROTOCOLS.flatMap((protocol) =>
    set[protocol].map(([from, to]): PortItem => ({ kind: 'range', protocol, from, to, origin })),
  );
}
