/** What must hold for every cluster: order means nothing, inventions are stable, replies come back translated. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namespaceIdOf } from '../../src/dataplane/cni.ts';
import { loadSnapshot, type Snapshot, traceQuestion } from '../../src/index.ts';
import { addFractions, type Fraction } from '../../src/net/fraction.ts';
import { reverseTuple } from '../../src/net/packet.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import type { Walk } from '../../src/trace/trace.ts';
import { traceFlow } from '../../src/trace/tracer.ts';
import { type Manifest, manifests, references } from './manifests.ts';

/**
 * Every node that an object can name, with a range so large that no two names get one slot. (A node more
 * moves invented ranges, as on a real cluster: they are given out in order.)
 */
const PROFILE = `podCIDRs: [10.0.0.0/9]
nodes:
${['node-a', 'node-b', 'n1', 'n2', 'gone']
  .map(
    (name, index) => `- {name: ${name}, addresses: [172.18.0.${index + 2}], podCIDRs: [10.${index}.0.0/16]}`,
  )
  .join('\n')}
`;

function snapshotOf(files: readonly (readonly Manifest[])[]): Snapshot {
  return loadSnapshot({
    files: files.map((objects, index) => ({
      name: `${index}.json`,
      text: objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
    })),
    profile: { file: { name: 'k8snet.yaml', text: PROFILE }, flags: { set: [] } },
  });
}

/** Each object once: of two with one name the last one counts, and that is a matter of order. */
const distinct = manifests.map((objects) => [
  ...new Map(
    objects.map((object) => [JSON.stringify([object['kind'], object['metadata']]), object]),
  ).values(),
]);

/** The answer without the places in files. */
function answerOf(snapshot: Snapshot, from: string, to: string): unknown {
  try {
    const answer = traceQuestion(snapshot, { from, to, dns: true });
    const places = new Set(['because', 'sources', 'diagnostics']);
    return JSON.parse(JSON.stringify(answer, (key, value) => (places.has(key) ? undefined : value)));
  } catch (error) {
    if (error instanceof UsageError) return error.message.replace(/\d+\.json:\d+/, 'FILE');
    throw error;
  }
}

test('the order of documents and files changes nothing in an answer', () => {
  const shuffled = distinct
    .filter((objects) => new Set(objects.map(keyOf)).size === objects.length)
    .chain((objects) =>
      fc.tuple(
        fc.constant(objects),
        fc.shuffledSubarray([...objects], { minLength: objects.length }),
        fc.nat(objects.length),
      ),
    );
  fc.assert(
    fc.property(shuffled, references, references, ([objects, others, cut], from, to) => {
      const one = answerOf(snapshotOf([objects]), from, to);
      expect(answerOf(snapshotOf([others.slice(0, cut), others.slice(cut)]), from, to)).toEqual(one);
    }),
    { numRuns: 120 },
  );
});

function keyOf(object: Manifest): string {
  const metadata = object['metadata'] as Manifest;
  return JSON.stringify([object['kind'], metadata['namespace'] ?? 'default', metadata['name']]);
}

/** Invented addresses; a pod's with its node, as the address is one of the node's range. */
function inventions({ cluster }: Snapshot): ReadonlyMap<string, string> {
  const pods = cluster.pods
    .filter(({ assumed }) => assumed.ips)
    .map(({ key, node, ips }) => [`pod ${key} on ${node}`, ips.map(({ text }) => text).join()] as const);
  const services = cluster.services
    .filter(({ assumed }) => assumed.clusterIps)
    .map(({ key, clusterIps }) => [`service ${key}`, clusterIps.map(({ text }) => text).join()] as const);
  return new Map([...pods, ...services]);
}

test('an added object moves no invented address of another', () => {
  fc.assert(
    fc.property(distinct, distinct, (objects, more) => {
      const before = inventions(snapshotOf([objects]));
      const known = new Set(objects.map(keyOf));
      const after = inventions(snapshotOf([objects, more.filter((object) => !known.has(keyOf(object)))]));
      for (const [key, addresses] of before) {
        const later = after.get(key);
        // Every replica is an object's; one that a new Pod or label replaces is another pod.
        if (later !== undefined && later !== '' && addresses !== '')
          expect([key, later]).toEqual([key, addresses]);
      }
    }),
    { numRuns: 120 },
  );
});

/** The walks of each flow from some pods to every Service port. */
function flowsOf({ cluster, control, dataplane, profile }: Snapshot): readonly (readonly Walk[])[] {
  const world = {
    dataplane,
    serviceCidrs: profile.serviceCidrs,
    podCidrs: profile.podCidrs,
  };
  const senders = cluster.pods.filter(({ node, ips }) => node !== undefined && ips.length > 0).slice(0, 3);
  return senders.flatMap((pod) =>
    control.servicePorts.flatMap(({ clusterIps: [dst], port, protocol }) => {
      if (dst === undefined) return [];
      return [traceFlow(world, { from: namespaceIdOf(pod), protocol, srcPort: 40000, dst, dstPort: port })];
    }),
  );
}

test('shares sum to 1, and a reply restores the tuple that the client opened', () => {
  let replies = 0;
  fc.assert(
    fc.property(distinct, (objects) => {
      for (const walks of flowsOf(snapshotOf([objects]))) {
        const sum = walks.reduce((total, { share }) => addFractions(total, share), ZERO);
        expect(sum.numerator / sum.denominator).toBe(1);
        for (const walk of walks) replies += checkReply(walk);
      }
    }),
    { numRuns: 100 },
  );
  expect(replies).toBeGreaterThan(50);
});

const ZERO: Fraction = { numerator: 0, denominator: 1 };

/** 1 if the walk was answered, else 0. */
function checkReply({ hops, reply }: Walk): 0 | 1 {
  if (reply?.disposition !== 'accepted') return 0;
  const opened = hops[0]?.steps[0]?.packet;
  const arrived = reply.hops.at(-1)?.steps.at(-1)?.packet;
  if (opened === undefined || arrived === undefined) throw new Error('a walk without steps');
  const { src, srcPort, dst, dstPort, protocol } = reverseTuple(opened);
  expect(arrived).toMatchObject({ src, srcPort, dst, dstPort, protocol });
  return 1;
}
