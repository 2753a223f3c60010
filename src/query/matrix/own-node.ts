/**
 * What a node reaches whatever the policies say: the pods on itself. Rows of a matrix are about every pod of a peer, and
 * judge a node as any other one, so that this stands beside them. Source: kubernetes/api:networking/v1/types.go
 * NetworkPolicySpec.ingress ("or if the traffic source is the pod's local node").
 */

import { ALL_PORTS, type PortSet, portSetKey, printPorts } from '../../net/port-set.ts';
import {
  type AtomSet,
  atomRange,
  atomSetKey,
  hasAtom,
  intersectAtoms,
  isNoAtoms,
  listAtoms,
  uniteAtoms,
} from '../../policy/matrix/atom-set.ts';
import type { Block } from '../../policy/matrix/matrix.ts';
import type { PodClass, Universe } from '../../policy/matrix/universe.ts';
import type { OwnNodeAnswer } from './matrix-answer.ts';
import { type Unit, type Units, unitId } from './units.ts';

/** What a matrix is asked about; undefined parts: everything. */
export interface MatrixFocus {
  readonly from?: AtomSet;
  readonly to?: AtomSet;
  readonly ports?: PortSet;
}

export interface OwnNodeInput {
  readonly universe: Universe;
  readonly units: Units;
  /** Those in focus; each pair is in one of them at most. */
  readonly blocks: readonly Block[];
  readonly focus: MatrixFocus;
}

/** The peers in a node's network with the pods on that node that the blocks do not let them reach on every port. */
export function ownNodeRows({ universe, units, blocks, focus }: OwnNodeInput): readonly OwnNodeAnswer[] {
  const { atoms, hostsAt, sourcesAt } = universe;
  const hosts = intersectAtoms(focus.from ?? atomRange(0, sourcesAt), atomRange(hostsAt, sourcesAt));
  const ports = focus.ports ?? ALL_PORTS;
  const onNode = podsByNode(universe, units, focus);
  const isOpen = openPairs(blocks, { hosts, ports });
  return listAtoms(hosts).flatMap((host) => {
    const atom = atoms[host];
    if (atom?.kind !== 'host') return [];
    const closed = [...(onNode.get(atom.node?.name ?? '') ?? [])].filter(
      ([unit]) => !isOpen(host, unit.atom),
    );
    return (units.ofAtom[host] ?? []).flatMap((from) =>
      closed.map(([to, pods]) => ({
        from: units.units[from]?.id ?? '',
        to: to.id,
        ports: printPorts(ports),
        pods,
      })),
    );
  });
}

/** The peers on each node that has one in its own network, with their pods there. */
function podsByNode(
  { atoms, hostsAt, sourcesAt }: Universe,
  { units }: Units,
  { to = atomRange(0, hostsAt) }: MatrixFocus,
): ReadonlyMap<string, ReadonlyMap<Unit, number>> {
  const onNode = new Map<string, Map<Unit, number>>();
  for (const atom of atoms.slice(hostsAt, sourcesAt)) {
    if (atom.kind === 'host' && atom.node !== undefined) onNode.set(atom.node.name, new Map());
  }
  if (onNode.size === 0) return onNode;
  const unitOf = new Map(units.map((unit) => [`${unit.atom} ${unit.whole}`, unit]));
  for (const number of listAtoms(intersectAtoms(to, atomRange(0, hostsAt)))) {
    for (const pod of (atoms[number] as PodClass).pods) {
      const here = onNode.get(pod.node ?? '');
      const unit = unitOf.get(`${number} ${unitId(pod)}`);
      if (unit !== undefined) here?.set(unit, (here.get(unit) ?? 0) + 1);
    }
  }
  return onNode;
}

/** Is the pair in a block of all the ports that are asked about? Blocks of the same hosts are one set. */
function openPairs(
  blocks: readonly Block[],
  { hosts, ports }: { readonly hosts: AtomSet; readonly ports: PortSet },
): (host: number, pods: number) => boolean {
  const all = portSetKey(ports);
  const open = new Map<string, { readonly from: AtomSet; readonly to: AtomSet }>();
  for (const block of blocks) {
    const from = intersectAtoms(block.from, hosts);
    if (isNoAtoms(from) || portSetKey(block.ports) !== all) continue;
    const key = atomSetKey(from);
    open.set(key, { from, to: uniteAtoms(open.get(key)?.to ?? block.to, block.to) });
  }
  const sets = [...open.values()];
  return (host, pods) => sets.some(({ from, to }) => hasAtom(from, host) && hasAtom(to, pods));
}
