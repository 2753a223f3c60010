/** The matrix, computed by classes and sets, against the exact ports of every single pair. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import { ALL_PORTS, isEmpty, portSetKey } from '../../src/net/port-set.ts';
import { allowedPorts } from '../../src/policy/allowed-ports.ts';
import {
  atomSet,
  atomSetKey,
  countAtoms,
  intersectAtoms,
  listAtoms,
  subtractAtoms,
  uniteAtoms,
} from '../../src/policy/matrix/atom-set.ts';
import { type PolicyMatrix, policyMatrix } from '../../src/policy/matrix/matrix.ts';
import { partyOfAtom } from '../../src/policy/matrix/peer-atoms.ts';
import { partyOfPod } from '../../src/policy/party.ts';
import { ownNodeRows } from '../../src/query/matrix/own-node.ts';
import { nameUnits, type Units } from '../../src/query/matrix/units.ts';
import { calicoPolicies, ciliumPolicies, objects, policies } from './policy-worlds.ts';

vi.setConfig({ testTimeout: 60_000 });

const worlds = fc.record({ objects, policies });

function matrixOf({ cluster, policies: index }: Snapshot): PolicyMatrix {
  const pods = cluster.pods.filter(({ origin }) => origin !== undefined);
  return policyMatrix({ cluster, pods, index, settings: index.settings, family: 4, hostNetwork: 'nodes' });
}

/** The ports of each pair by the blocks; a pair that is in two blocks has a key of its own. */
function portsByBlocks(matrix: PolicyMatrix): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { from, to, ports } of matrix.blocks()) {
    for (const source of listAtoms(from)) {
      for (const destination of listAtoms(to)) {
        const key = `${source} ${destination}`;
        found.set(found.has(key) ? `twice ${key}` : key, portSetKey(ports));
      }
    }
  }
  return found;
}

/** Pairs that a matrix is about, and whose ports one pair of pods tells. */
function pairsOf({ universe }: PolicyMatrix): readonly (readonly [number, number])[] {
  const { atoms, sourcesAt, destinationsAt } = universe;
  const numbers = [...atoms.keys()];
  const receivers = numbers.filter((atom) => atom < sourcesAt || atom >= destinationsAt);
  return numbers
    .filter((atom) => atom < destinationsAt)
    .flatMap((source) => receivers.map((destination) => [source, destination] as const))
    .filter(([source, destination]) => {
      const [from, to] = [atoms[source], atoms[destination]];
      if (source >= sourcesAt && destination >= sourcesAt) return false;
      // A class with itself stands for two of its pods, and a node is judged as any other one.
      const isOwnNode = from?.kind === 'host' && to?.kind === 'pods' && from.node?.name === to.pod.node;
      return source !== destination && !isOwnNode;
    });
}

const calicoWorlds = fc
  .record({ objects, policies, calico: calicoPolicies })
  .map((world) => ({ objects: world.objects, policies: [...world.policies, ...world.calico] }));

const ciliumWorlds = fc
  .record({ objects, policies, cilium: ciliumPolicies })
  .map((world) => ({ objects: world.objects, policies: [...world.policies, ...world.cilium] }));

test.each([
  { what: "Kubernetes' policies", any: worlds, set: [] },
  { what: "Calico's", any: calicoWorlds, set: ['cni.name=calico'] },
  { what: "Cilium's", any: ciliumWorlds, set: ['cni.name=cilium'] },
])('the matrix has exactly the ports of each pair, and each pair once: $what', ({ any, set }) => {
  fc.assert(
    fc.property(any, (world) => {
      const items = [...world.objects, ...world.policies];
      const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      const snapshot = loadSnapshot({ files: [{ name: 'all.json', text }], profile: { flags: { set } } });
      const matrix = matrixOf(snapshot);
      const found = portsByBlocks(matrix);
      const { atoms } = matrix.universe;
      const wrong = pairsOf(matrix).filter(([source, destination]) => {
        const [from, to] = [atoms[source], atoms[destination]];
        if (from === undefined || to === undefined) return true;
        const ports = allowedPorts(snapshot.policies, { from: partyOfAtom(from), to: partyOfAtom(to) });
        return found.get(`${source} ${destination}`) !== (isEmpty(ports) ? undefined : portSetKey(ports));
      });
      expect(wrong).toEqual([]);
      expect([...found.keys()].filter((key) => key.startsWith('twice'))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('what nodes reach on themselves stands beside the matrix, and the two have every pair of a node and its pods', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const text = JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [...world.objects, ...world.policies],
      });
      const snapshot = loadSnapshot({ files: [{ name: 'all.json', text }], profile: { flags: { set: [] } } });
      const matrix = matrixOf(snapshot);
      const { universe } = matrix;
      const units = nameUnits(universe);
      const blocks = [...matrix.blocks()];
      const rows = ownNodeRows({ universe, units, blocks, focus: {} });
      const isListed = (host: number, pods: number) =>
        rows.some((row) => unitsAt(units, host).includes(row.from) && unitsAt(units, pods).includes(row.to));
      const all = portSetKey(ALL_PORTS);
      const found = portsByBlocks(matrix);
      const hosts = [...universe.atoms.entries()].flatMap(([at, atom]) =>
        atom.kind === 'host' ? [{ at, atom }] : [],
      );
      for (const { at, atom: host } of hosts) {
        for (const [number, atom] of universe.atoms.entries()) {
          if (atom.kind !== 'pods') continue;
          const own = atom.pods.filter(({ node }) => node === host.node?.name && node !== undefined);
          for (const pod of own) {
            // The policies, asked of this very pod, let its node in on every port.
            const pair = { from: partyOfAtom(host), to: partyOfPod(snapshot.cluster, pod) };
            expect(portSetKey(allowedPorts(snapshot.policies, pair))).toBe(all);
          }
          const isOpen = found.get(`${at} ${number}`) === all;
          expect(isListed(at, number)).toBe(own.length > 0 && !isOpen);
        }
      }
    }),
    { numRuns: 100 },
  );
});

function unitsAt({ units, ofAtom }: Units, atom: number): readonly string[] {
  return (ofAtom[atom] ?? []).map((unit) => units[unit]?.id ?? '');
}

test('atom sets are sets', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 130 }), { maxLength: 30 });
  fc.assert(
    fc.property(numbers, numbers, (left, right) => {
      const [a, b] = [atomSet(left), atomSet(right)];
      const sorted = (list: readonly number[]) => [...new Set(list)].sort((x, y) => x - y);
      expect(listAtoms(a)).toEqual(sorted(left));
      expect(countAtoms(a)).toBe(left.length);
      expect(listAtoms(uniteAtoms(a, b))).toEqual(sorted([...left, ...right]));
      expect(listAtoms(intersectAtoms(a, b))).toEqual(sorted(left.filter((each) => right.includes(each))));
      expect(listAtoms(subtractAtoms(a, b))).toEqual(sorted(left.filter((each) => !right.includes(each))));
      expect(atomSetKey(uniteAtoms(subtractAtoms(a, b), intersectAtoms(a, b)))).toBe(atomSetKey(a));
    }),
  );
});
