/**
 * Rows: what the policies that select a class let pass, as disjoint cells of peers with their ports. A row
 * belongs to a set of policies, not to a class: classes that the same policies select share it.
 */

import {
  ALL_PORTS,
  intersectPorts,
  isEmpty,
  NO_PORTS,
  type PortSet,
  portSetKey,
  subtractPorts,
  unitePorts,
} from '../../net/port-set.ts';
import { portsOfItems } from '../allowed-ports.ts';
import type { CompiledPolicy, Direction, PodSet, PolicyRule, PortItem } from '../policy.ts';
import { isIsolating, type Stage, stagesOf } from '../stages.ts';
import {
  type AtomSet,
  atomSet,
  intersectAtoms,
  isNoAtoms,
  listAtoms,
  subtractAtoms,
  uniteAtoms,
} from './atom-set.ts';
import { everyPeer, type PeerAtoms, partyOfAtom, type WorkCount } from './peer-atoms.ts';
import type { PodClass, Universe } from './universe.ts';

/** Peers that may connect on the same ports. */
export interface Cell {
  readonly peers: AtomSet;
  /** Never empty. */
  readonly ports: PortSet;
}

/** Classes with one row. */
export interface RowGroup {
  /** Whom the row is about. */
  readonly members: AtomSet;
  /** Disjoint; peers in none of them have no port. */
  readonly cells: readonly Cell[];
  /** Is any NetworkPolicy about them in this direction? */
  readonly isolated: boolean;
}

export interface RowsInput {
  readonly universe: Universe;
  /** In the order of their tiers. */
  readonly policies: readonly CompiledPolicy[];
  readonly peersOf: PeerAtoms;
  readonly subjectsOf: (subject: PodSet) => AtomSet;
  readonly work: WorkCount;
}

/** The rows of a direction. What is no pod class has none: nothing is asked of it. */
export function rowsOf(input: RowsInput, direction: Direction): readonly RowGroup[] {
  const { universe } = input;
  const policies = input.policies.filter((policy) => policy.direction === direction);
  const selecting = policiesByAtom(input, policies);
  const namesPorts = direction === 'ingress' ? portNamesIn(policies) : new Set<string>();
  const members = new Map<string, number[]>();
  for (let atom = 0; atom < universe.hostsAt; atom++) {
    const { pod } = universe.atoms[atom] as PodClass;
    const key = (selecting[atom] ?? []).join() + namedPortsKey(pod, namesPorts);
    const known = members.get(key);
    if (known === undefined) members.set(key, [atom]);
    else known.push(atom);
  }
  return [...members.values()].map((atoms) => {
    input.work.rows++;
    const [first = 0] = atoms;
    const stages = stagesOf((selecting[first] ?? []).flatMap((number) => policies[number] ?? []));
    const subject = universe.atoms[first] as PodClass;
    return {
      members: atomSet(atoms),
      cells: cellsOf(input, stages, { direction, subject }),
      isolated: stages.some(isIsolating),
    };
  });
}

/** The numbers of the policies that select each class, in their order. */
function policiesByAtom(
  { subjectsOf }: RowsInput,
  policies: readonly CompiledPolicy[],
): readonly (readonly number[] | undefined)[] {
  const selecting: number[][] = [];
  for (const [number, { subject }] of policies.entries()) {
    for (const atom of listAtoms(subjectsOf(subject))) {
      const known = selecting[atom];
      if (known === undefined) selecting[atom] = [number];
      else known.push(number);
    }
  }
  return selecting;
}

function portNamesIn(policies: readonly CompiledPolicy[]): ReadonlySet<string> {
  const items = policies.flatMap(({ rules }) => rules.flatMap(({ ports }) => ports ?? []));
  return new Set(items.flatMap((item) => (item.kind === 'named' ? [item.name] : [])));
}

function namedPortsKey({ ports }: PodClass['pod'], names: ReadonlySet<string>): string {
  if (names.size === 0) return '';
  return ports
    .filter(({ name }) => name !== undefined && names.has(name))
    .map(({ name, protocol, containerPort }) => `|${name}:${protocol}:${containerPort}`)
    .join('');
}

interface Asked {
  readonly direction: Direction;
  readonly subject: PodClass;
}

/** What happens to the ports between the subject and some peers. */
interface State {
  readonly peers: AtomSet;
  readonly allowed: PortSet;
  readonly passed: PortSet;
  readonly undecided: PortSet;
}

function cellsOf(input: RowsInput, stages: readonly Stage[], asked: Asked): readonly Cell[] {
  const [first, second] = stages;
  if (first !== undefined && second === undefined && onlyAdds(first)) {
    return addCells(reaches(input, first.policies, asked));
  }
  const everyone = everyPeer(input.universe, asked.direction);
  let states: readonly State[] = [
    { peers: everyone, allowed: NO_PORTS, passed: NO_PORTS, undecided: ALL_PORTS },
  ];
  for (const stage of stages) {
    states = runTier(input, { states, policies: stage.policies }, asked).map((state) => ({
      ...state,
      passed: NO_PORTS,
      undecided: isIsolating(stage) ? state.passed : unitePorts(state.undecided, state.passed),
    }));
  }
  return mergeCells(
    states.map(({ peers, allowed, undecided }) => ({ peers, ports: unitePorts(allowed, undecided) })),
  );
}

/** A stage that is the union of what its rules allow, and nothing else. */
function onlyAdds(stage: Stage): boolean {
  return isIsolating(stage) && stage.policies.every(({ reading }) => reading === 'union');
}

function reaches(input: RowsInput, policies: readonly CompiledPolicy[], asked: Asked): readonly Cell[] {
  return policies.flatMap(({ rules }) => rules).flatMap((rule) => reachOf(input, rule, asked));
}

/** The union of what NetworkPolicies admit; peers that none admits are never touched. */
function addCells(added: readonly Cell[]): readonly Cell[] {
  let cells: readonly Cell[] = [];
  for (const { peers, ports } of added) {
    let rest = peers;
    const next: Cell[] = [];
    for (const cell of cells) {
      const both = intersectAtoms(cell.peers, rest);
      if (isNoAtoms(both)) {
        next.push(cell);
        continue;
      }
      rest = subtractAtoms(rest, both);
      next.push({ peers: both, ports: unitePorts(cell.ports, ports) });
      next.push({ peers: subtractAtoms(cell.peers, both), ports: cell.ports });
    }
    cells = mergeCells([...next, { peers: rest, ports }]);
  }
  return cells;
}

interface TierRun {
  readonly states: readonly State[];
  readonly policies: readonly CompiledPolicy[];
}

/**
 * Rules in order; each takes from what is undecided. NetworkPolicies only allow, so that for them taking the
 * first match is the union.
 */
function runTier(input: RowsInput, { states, policies }: TierRun, asked: Asked): readonly State[] {
  let current = states;
  for (const rule of policies.flatMap(({ rules }) => rules)) {
    for (const { peers, ports } of reachOf(input, rule, asked)) {
      current = mergeStates(current.flatMap((state) => applyRule(state, { rule, peers, ports })));
    }
  }
  return current;
}

function applyRule(
  state: State,
  { rule, peers, ports }: { readonly rule: PolicyRule; readonly peers: AtomSet; readonly ports: PortSet },
): readonly State[] {
  const taken = intersectPorts(ports, state.undecided);
  if (isEmpty(taken)) return [state];
  const matched = intersectAtoms(state.peers, peers);
  if (isNoAtoms(matched)) return [state];
  const others = subtractAtoms(state.peers, matched);
  const next: State = {
    peers: matched,
    allowed: rule.action === 'allow' ? unitePorts(state.allowed, taken) : state.allowed,
    passed: rule.action === 'pass' ? unitePorts(state.passed, taken) : state.passed,
    undecided: subtractPorts(state.undecided, taken),
  };
  return isNoAtoms(others) ? [next] : [next, { ...state, peers: others }];
}

/** The peers of a rule, apart by the ports that its port names mean at each of them. */
function reachOf(
  { universe, peersOf }: RowsInput,
  rule: PolicyRule,
  { direction, subject }: Asked,
): readonly Cell[] {
  const peers = peersOf(rule, direction);
  if (isNoAtoms(peers)) return [];
  const named = (rule.ports ?? []).filter((item) => item.kind === 'named');
  if (direction === 'ingress' || named.length === 0) {
    const ports = portsOfItems(rule.ports, partyOfAtom(subject));
    return isEmpty(ports) ? [] : [{ peers, ports }];
  }
  const reach: Cell[] = [];
  let others = peers;
  for (const { atoms, ports } of namedAt(universe, peers, rule.ports ?? [])) {
    const set = atomSet(atoms);
    others = subtractAtoms(others, set);
    reach.push({ peers: set, ports });
  }
  const plain = portsOfItems(rule.ports, { kind: 'address' });
  return isNoAtoms(others) || isEmpty(plain) ? reach : [...reach, { peers: others, ports: plain }];
}

/** Pod classes that declare one of the names, by the ports that the rule then means. */
function namedAt(
  universe: Universe,
  peers: AtomSet,
  items: readonly PortItem[],
): readonly { readonly atoms: readonly number[]; readonly ports: PortSet }[] {
  const names = new Set(items.flatMap((item) => (item.kind === 'named' ? [item.name] : [])));
  const found = new Map<string, { readonly atoms: number[]; readonly ports: PortSet }>();
  for (const atom of listPods(peers, universe)) {
    const { pod } = universe.atoms[atom] as PodClass;
    if (!pod.ports.some(({ name }) => name !== undefined && names.has(name))) continue;
    const ports = portsOfItems(items, { kind: 'pod', pod });
    const key = portSetKey(ports);
    const known = found.get(key);
    if (known === undefined) found.set(key, { atoms: [atom], ports });
    else known.atoms.push(atom);
  }
  return [...found.values()].filter(({ ports }) => !isEmpty(ports));
}

function listPods(peers: AtomSet, { hostsAt }: Universe): readonly number[] {
  return listAtoms(peers).filter((atom) => atom < hostsAt);
}

function mergeStates(states: readonly State[]): readonly State[] {
  if (states.length < 2) return states;
  const merged = new Map<string, State>();
  for (const state of states) {
    const key = `${portSetKey(state.allowed)} ${portSetKey(state.passed)} ${portSetKey(state.undecided)}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? state : { ...known, peers: uniteAtoms(known.peers, state.peers) });
  }
  return [...merged.values()];
}

function mergeCells(cells: readonly Cell[]): readonly Cell[] {
  if (cells.length === 1 && cells[0] !== undefined && !isNoAtoms(cells[0].peers)) return cells;
  const merged = new Map<string, Cell>();
  for (const cell of cells) {
    if (isEmpty(cell.ports) || isNoAtoms(cell.peers)) continue;
    const key = portSetKey(cell.ports);
    const known = merged.get(key);
    merged.set(key, known === undefined ? cell : { ...known, peers: uniteAtoms(known.peers, cell.peers) });
  }
  return [...merged.values()];
}
