/** The peers of a matrix as people name them: workloads, single pods, outside ranges. */

import type { Pod } from '../../cluster/cluster.ts';
import type { Atom, Universe } from '../../policy/matrix/universe.ts';
import type { SourceRef } from '../../source/ref.ts';
import { kindWord } from '../reference.ts';

/** A workload, or that part of it whose pods are alike; a single pod; a range. */
export interface Unit {
  readonly id: string;
  /** The id of the whole workload; of a part that is another one. */
  readonly whole: string;
  readonly kind: 'workload' | 'pod' | 'range';
  readonly atom: number;
  readonly namespace?: string;
  readonly name?: string;
  readonly workloadKind?: string;
  readonly pods: number;
  readonly hostNetwork: boolean;
  readonly origin?: SourceRef;
}

export interface Units {
  readonly units: readonly Unit[];
  /** The units of each atom. */
  readonly ofAtom: readonly (readonly number[])[];
  /** Workloads whose pods policies tell apart. */
  readonly divided: readonly (readonly Unit[])[];
}

interface Part {
  readonly atom: number;
  readonly pods: Pod[];
}

/** Names the peers of a universe, in its order. */
export function nameUnits({ atoms }: Universe): Units {
  const workloads = new Map<string, Part[]>();
  for (const [atom, item] of atoms.entries()) {
    if (item.kind === 'pods' || item.kind === 'host') addPods(workloads, item.pods, atom);
  }
  const units: Unit[] = [];
  const ofAtom: number[][] = atoms.map(() => []);
  const divided: Unit[][] = [];
  const add = (unit: Unit) => {
    ofAtom[unit.atom]?.push(units.length);
    units.push(unit);
  };
  for (const [id, parts] of workloads) {
    const own = parts.map((part, index) =>
      unitOf(parts.length === 1 ? id : `${id}/${index + 1}`, part, atoms),
    );
    for (const unit of own) add(unit);
    if (own.length > 1) divided.push(own);
  }
  for (const [atom, item] of atoms.entries()) {
    if (item.kind === 'pods' || item.kind === 'host') continue;
    const id = `${item.first.text}-${item.last.text}`;
    add({ id, whole: id, kind: 'range', atom, pods: 0, hostNetwork: false });
  }
  return { units, ofAtom, divided };
}

function addPods(workloads: Map<string, Part[]>, pods: readonly Pod[], atom: number): void {
  for (const pod of pods) {
    const id = unitId(pod);
    const parts = workloads.get(id);
    const own = parts?.find((part) => part.atom === atom);
    if (own !== undefined) own.pods.push(pod);
    else if (parts === undefined) workloads.set(id, [{ atom, pods: [pod] }]);
    else parts.push({ atom, pods: [pod] });
  }
}

/** A reference to the pod's workload, else to the pod itself. */
export function unitId({ namespace, name, workload }: Pick<Pod, 'namespace' | 'name' | 'workload'>): string {
  if (workload === undefined) return `${namespace}/pod/${name}`;
  return `${namespace}/${kindWord(workload.kind)}/${workload.name}`;
}

function unitOf(id: string, { atom, pods }: Part, atoms: readonly Atom[]): Unit {
  const [pod] = pods;
  if (pod === undefined) throw new Error('a part has a pod');
  const { namespace, workload, origin } = pod;
  return {
    id,
    whole: unitId(pod),
    kind: workload === undefined ? 'pod' : 'workload',
    atom,
    namespace,
    name: workload?.name ?? pod.name,
    ...(workload === undefined ? {} : { workloadKind: workload.kind }),
    pods: pods.length,
    hostNetwork: atoms[atom]?.kind === 'host',
    ...(origin === undefined ? {} : { origin }),
  };
}
