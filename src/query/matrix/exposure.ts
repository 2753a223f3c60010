/**
 * Exposure: who could connect to each workload, and to whom it could, as far as its own policies go: the outside,
 * pods of any namespace, and pods with certain labels, whether or not they are there yet.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { isEmpty, type PortSet, printPorts, subtractPorts } from '../../net/port-set.ts';
import { portsAllowedBy } from '../../policy/allowed-ports.ts';
import { hasAtom } from '../../policy/matrix/atom-set.ts';
import type { PolicyMatrix } from '../../policy/matrix/matrix.ts';
import { partyOfAtom } from '../../policy/matrix/peer-atoms.ts';
import type { Atom, PodClass } from '../../policy/matrix/universe.ts';
import type { Party } from '../../policy/party.ts';
import type { Direction, PodSet, Selection } from '../../policy/policy.ts';
import type { PolicyIndex } from '../../policy/policy-index.ts';
import { describePods } from './describe-peer.ts';
import type { ExposureAnswer } from './matrix-answer.ts';
import type { Units } from './units.ts';

type Open = ExposureAnswer['open'][number];

/** Both directions of every pod peer, in the order of the peers. */
export function exposureOf(
  index: PolicyIndex,
  { universe, isolated }: PolicyMatrix,
  units: Units,
): readonly ExposureAnswer[] {
  return units.units.flatMap(({ id, atom }) => {
    const item = universe.atoms[atom];
    if (item?.kind !== 'pods') return [];
    return (['ingress', 'egress'] as const).map((direction) => ({
      peer: id,
      direction,
      protected: hasAtom(isolated[direction], atom),
      open: openTo(index, { item, direction, outside: outsideOf(universe.atoms, direction) }),
    }));
  });
}

function outsideOf(atoms: readonly Atom[], direction: Direction): readonly Atom[] {
  const kind = direction === 'ingress' ? 'source-range' : 'destination-range';
  return atoms.filter((atom) => atom.kind === kind);
}

interface Asked {
  readonly item: PodClass;
  readonly direction: Direction;
  readonly outside: readonly Atom[];
}

/** The outside, then pods of namespaces and labels that nobody knows, then what only certain labels open. */
function openTo(index: PolicyIndex, asked: Asked): readonly Open[] {
  const ports = (party: Party) => portsWith(index, asked, party);
  const ofFuture = (set: PodSet) => {
    const future = futurePod(index, asked.item.pod, set);
    return portsWith(future.index, asked, future.party);
  };
  const anyone = ofFuture({});
  const beyond = rulesOf(index, asked).flatMap((set): readonly Open[] => {
    const more = subtractPorts(ofFuture(set), anyone);
    return isEmpty(more) ? [] : [{ to: describePods(set), ports: printPorts(more) }];
  });
  const rows: readonly Open[] = [
    ...outsideRows(asked.outside, ports),
    ...(isEmpty(anyone) ? [] : [{ to: 'any pod of any namespace', ports: printPorts(anyone) }]),
    ...beyond,
  ];
  return [...new Map(rows.map((row) => [`${row.to} ${row.ports}`, row])).values()];
}

function portsWith(index: PolicyIndex, { item, direction }: Asked, peer: Party): PortSet {
  const own = partyOfAtom(item);
  return portsAllowedBy(
    index,
    direction === 'ingress' ? { from: peer, to: own } : { from: own, to: peer },
    direction,
  );
}

/** Neighbouring ranges with the same ports are one row. */
function outsideRows(outside: readonly Atom[], ports: (party: Party) => PortSet): readonly Open[] {
  const rows: { first: string; last: string; ports: string }[] = [];
  for (const atom of outside) {
    if (!('first' in atom)) continue;
    const text = printPorts(ports(partyOfAtom(atom)));
    const last = rows.at(-1);
    if (last !== undefined && last.ports === text) last.last = atom.last.text;
    else rows.push({ first: atom.first.text, last: atom.last.text, ports: text });
  }
  const open = rows.filter((row) => row.ports !== 'None');
  const isWhole = rows.length === 1;
  return open.map(({ first, last, ports: text }) => ({
    to: isWhole ? 'outside' : `outside ${first}-${last}`,
    ports: text,
  }));
}

/** The sets of pods that the rules of the policies of a class name. */
function rulesOf(index: PolicyIndex, { item, direction }: Asked): readonly PodSet[] {
  const policies = index.selecting(item.pod, direction).flatMap((stage) => stage.policies);
  return policies.flatMap(({ rules }) =>
    rules.flatMap(({ peers }) => (peers ?? []).flatMap((peer) => (peer.kind === 'pods' ? [peer.pods] : []))),
  );
}

/** A namespace that nobody has. */
const FUTURE = '\0future';

interface Future {
  readonly party: Party;
  /** The index with the namespace of the pod. */
  readonly index: PolicyIndex;
}

/** A pod that is in the set and has no other labels, in a namespace that has no others either. */
function futurePod(index: PolicyIndex, like: Pod, { namespace, namespaces, pods }: PodSet): Future {
  const labels = wantedLabels(namespaces);
  const name = namespace ?? labels.get('kubernetes.io/metadata.name') ?? FUTURE;
  const pod: Pod = { ...like, key: 'future/pod', namespace: name, labels: wantedLabels(pods), ports: [] };
  const isKnown = index.namespaces.has(name) || labels.size === 0;
  const known = isKnown ? index.namespaces : new Map([...index.namespaces, [name, { name, labels }]]);
  return { party: { kind: 'pod', pod }, index: { ...index, namespaces: known } };
}

/** The fewest labels that a selector takes. */
function wantedLabels(selection: Selection | undefined): Map<string, string> {
  const labels = new Map(selection?.selector.matchLabels ?? []);
  for (const { key, operator, values } of selection?.selector.matchExpressions ?? []) {
    if (operator === 'In') labels.set(key, values[0] ?? '');
    if (operator === 'Exists' && !labels.has(key)) labels.set(key, '');
  }
  return labels;
}
