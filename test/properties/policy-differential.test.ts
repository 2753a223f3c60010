/** Every question about policies against an evaluator of its own (naive-policy.ts), over any clusters. */

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { diffQuestion, policyDecision } from '../../src/index.ts';
import { explainPolicy } from '../../src/query/explain-policy.ts';
import { matrixQuestion } from '../../src/query/matrix/matrix.ts';
import {
  familyOf,
  type NaiveEnd,
  type NaiveFlow,
  type NaiveWorld,
  naiveAllows,
  naiveClusterPeer,
  naivePeer,
  naiveSelects,
  naiveSubject,
  numberOf,
  type Raw,
} from './naive-policy.ts';
import { clusterObjects, clusterPolicies } from './policy-clusters.ts';
import {
  type NamedEnd,
  naivePorts,
  namedEnds,
  namedOutside,
  namedPods,
  PORTS_ASKED,
  portsInText,
  snapshotOfWorld,
} from './policy-questions.ts';

vi.setConfig({ testTimeout: 120_000 });

const blocks = fc.constantFrom(
  { pods: true, nodes: true },
  { pods: false, nodes: false },
  { pods: false, nodes: true },
);
const worlds: fc.Arbitrary<NaiveWorld> = fc
  .record({ objects: clusterObjects, policies: clusterPolicies, blocks })
  .map((world) => ({ objects: [...world.objects, ...world.policies], blocks: world.blocks }));
const families = fc.constantFrom<4 | 6>(4, 6);

type Pair = readonly [from: NamedEnd, to: NamedEnd];

function pairs(from: readonly NamedEnd[], to: readonly NamedEnd[]): readonly Pair[] {
  return from.flatMap((source) => to.map((target): Pair => [source, target]));
}

const lower = (protocol: NaiveFlow['protocol']) => protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp';

function bothSides(world: NaiveWorld, flow: NaiveFlow): readonly string[] {
  return (['egress', 'ingress'] as const).map((side) => (naiveAllows(world, flow, side) ? 'allow' : 'deny'));
}

test('the policy decision, between all ends and at all ports', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const snapshot = snapshotOfWorld(world);
      const ends = namedEnds(world, 4);
      const wrong = pairs(ends, ends).flatMap(([from, to]) =>
        PORTS_ASKED.flatMap((asked) => {
          const { port, protocol } = asked;
          const question = { from: from.reference, to: to.reference, port, protocol: lower(protocol) };
          const got = policyDecision(snapshot, question).destinations.map(({ egress, ingress }) => [
            egress.action,
            ingress.action,
          ]);
          const expected = [bothSides(world, { from: from.end, to: to.end, ...asked })];
          return JSON.stringify(got) === JSON.stringify(expected) ? [] : [{ question, got, expected }];
        }),
      );
      expect(wrong.slice(0, 3)).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

/** The ids of the matrix' peers that an end is: of ranges the one that holds the address. */
function idOf(ids: readonly string[], { reference, end }: NamedEnd): string | undefined {
  if (end.kind !== 'address') return reference;
  return ids.find((id) => {
    if (id.includes('/')) return false;
    const [first = '', last = ''] = id.replace('outside ', '').split('-');
    if (first === 'outside') return true;
    return (
      familyOf(first) === familyOf(end.ip) &&
      numberOf(first) <= numberOf(end.ip) &&
      numberOf(end.ip) <= numberOf(last)
    );
  });
}

/** An end in a node's network is judged as any other node than the one that it talks to. */
function strange(end: NaiveEnd): NaiveEnd {
  if (end.kind !== 'node') return end;
  return { ...end, node: { ...end.node, metadata: { ...end.node.metadata, name: 'another' } } };
}

test('the rows of the matrix, with those of nodes and the pods on them', () => {
  fc.assert(
    fc.property(worlds, families, (world, family) => {
      const answer = matrixQuestion(snapshotOfWorld(world), { family });
      const rangesOf = (role: string) =>
        answer.peers.filter((peer) => peer.role === role).map(({ id }) => id);
      const sources = [...namedPods(world, family), ...namedOutside(family)];
      const isOutside = (each: NamedEnd) => each.end.kind === 'address';
      const wrong = pairs(sources, sources)
        .filter(([from, to]) => from !== to && !(isOutside(from) && isOutside(to)))
        .flatMap(([from, to]) => {
          const ids = [idOf(rangesOf('source'), from), idOf(rangesOf('destination'), to)];
          const rows = answer.connections.filter((row) => row.from === ids[0] && row.to === ids[1]);
          const got = portsInText(rows[0]?.ports);
          const expected = naivePorts(world, strange(from.end), to.end);
          const isSame = rows.length <= 1 && JSON.stringify(got) === JSON.stringify(expected);
          return isSame ? [] : [{ ids, rows, expected }];
        });
      expect(wrong.slice(0, 3)).toEqual([]);
      const ownNode = pairs(namedPods(world, family), namedPods(world, family)).flatMap(([from, to]) => {
        const isOwn =
          from.end.kind === 'node' &&
          to.end.kind === 'pod' &&
          from.end.node.metadata.name === to.end.pod.spec.nodeName;
        const isClosed = isOwn && naivePorts(world, strange(from.end), to.end).length < PORTS_ASKED.length;
        return isClosed ? [`${from.reference} ${to.reference}`] : [];
      });
      expect((answer.ownNode ?? []).map(({ from, to }) => `${from} ${to}`).sort()).toEqual(ownNode.sort());
    }),
    { numRuns: 60 },
  );
});

const KINDS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'netpol',
  ClusterNetworkPolicy: 'cnp',
  AdminNetworkPolicy: 'anp',
  BaselineAdminNetworkPolicy: 'banp',
};

/** The reference to a policy, and what the naive evaluator says of those whom it, and a peer of its, means. */
function naiveMeaning(world: NaiveWorld, { kind, metadata, spec }: Raw) {
  const { namespace, name } = metadata;
  if (kind !== 'NetworkPolicy') {
    return {
      reference: `${KINDS[kind]}/${name}`,
      isSubject: (end: NaiveEnd) => naiveSubject(world, spec.subject, end),
      isPeer: (peer: Raw, end: NaiveEnd) => naiveClusterPeer(world, peer, end),
    };
  }
  return {
    reference: `${namespace}/netpol/${name}`,
    isSubject: (end: NaiveEnd) => end.kind === 'pod' && naiveSelects({ metadata, spec }, end.pod),
    isPeer: (peer: Raw, end: NaiveEnd) => naivePeer(world, peer, namespace, end),
  };
}

test('whom `explain` says that policies select, and whom each peer of each rule means', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const snapshot = snapshotOfWorld(world);
      const pods = namedPods(world, 4);
      const meant = (isMeant: (end: NaiveEnd) => boolean) =>
        pods
          .filter(({ end }) => isMeant(end))
          .map(({ reference }) => reference)
          .sort();
      const told = (peers: readonly string[]) => peers.filter((id) => !id.startsWith('kube-system/')).sort();
      for (const policy of world.objects.filter(isPolicy)) {
        const { reference, isSubject, isPeer } = naiveMeaning(world, policy);
        for (const { direction, selects, rules } of explainPolicy(snapshot, reference).directions) {
          expect(told(selects.peers)).toEqual(meant(isSubject));
          const written: readonly Raw[] = policy.spec[direction] ?? [];
          const expected = written.map((rule) => {
            const own = (rule[direction === 'ingress' ? 'from' : 'to'] ?? []).flatMap(byBlock);
            return own.length === 0
              ? [meant(() => true)]
              : own.map((peer: Raw) => meant((end) => isPeer(peer, end)));
          });
          expect(rules.map(({ peers }) => peers.map((peer) => told(peer.peers)))).toEqual(expected);
        }
      }
    }),
    { numRuns: 50 },
  );
});

/** `networks` are told block by block. */
function byBlock(peer: Raw): readonly Raw[] {
  return peer.networks?.map((network: string) => ({ networks: [network] })) ?? [peer];
}

/** A policy of the whole cluster without rules is about no direction. */
function isPolicy({ kind, spec }: Raw): boolean {
  if (kind === 'NetworkPolicy') return true;
  return Object.hasOwn(KINDS, kind) && [...(spec.ingress ?? []), ...(spec.egress ?? [])].length > 0;
}

/** The second world has other policies, and one pod with other labels. */
const changes = fc
  .record({
    objects: clusterObjects,
    old: clusterPolicies,
    fresh: clusterPolicies,
    blocks,
    keep: fc.boolean(),
  })
  .map((facts) => {
    const relabelled = facts.objects.map((each: Raw) =>
      each.metadata.name === 'pod-1'
        ? { ...each, metadata: { ...each.metadata, labels: { app: 'b' } } }
        : each,
    );
    const kept = facts.keep ? facts.old.slice(0, 1) : [];
    const fresh = facts.fresh.filter(
      (each: Raw) => !kept.some((one: Raw) => one.metadata.name === each.metadata.name),
    );
    return {
      before: { objects: [...facts.objects, ...facts.old], blocks: facts.blocks },
      after: { objects: [...relabelled, ...kept, ...fresh], blocks: facts.blocks },
    };
  });

test('what `diff` says of connections, against the two tables', () => {
  fc.assert(
    fc.property(changes, ({ before, after }) => {
      const { added, removed, changed } = diffQuestion(snapshotOfWorld(before), snapshotOfWorld(after), {
        old: 'old',
        new: 'new',
        aspects: ['connections'],
      });
      const rows = [...added, ...removed, ...changed].filter(({ from }) => from !== undefined);
      const wrong = ([4, 6] as const).flatMap((family) => {
        const ends = [...namedPods(before, family), ...namedOutside(family)];
        const later = new Map(namedPods(after, family).map((each) => [each.reference, each.end]));
        const isOutside = (each: NamedEnd) => each.end.kind === 'address';
        return (
          pairs(ends, ends)
            .filter(([from, to]) => from !== to && !(isOutside(from) && isOutside(to)))
            // Of the second family only what is about addresses outside is told.
            .filter(([from, to]) => family === 4 || isOutside(from) || isOutside(to))
            .flatMap(([from, to]) => {
              const table = (world: NaiveWorld) =>
                naivePorts(
                  world,
                  strange(
                    later.get(from.reference) !== undefined && world === after
                      ? (later.get(from.reference) as NaiveEnd)
                      : from.end,
                  ),
                  world === after ? (later.get(to.reference) ?? to.end) : to.end,
                );
              const [old, fresh] = [table(before), table(after)];
              const own = rows.filter(
                (row) =>
                  row.subject.endsWith(' (IPv6)') === (family === 6) &&
                  (row.from ?? []).includes(idOf(row.from ?? [], from) ?? '') &&
                  (row.to ?? []).includes(idOf(row.to ?? [], to) ?? ''),
              );
              const isChanged = JSON.stringify(old) !== JSON.stringify(fresh);
              const told = own.map((row) => [portsInText(row.before), portsInText(row.after)]);
              const expected = isChanged ? [[old, fresh]] : [];
              return JSON.stringify(told) === JSON.stringify(expected)
                ? []
                : [{ from: from.reference, to: to.reference, own, old, fresh }];
            })
        );
      });
      expect(wrong.slice(0, 2)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
