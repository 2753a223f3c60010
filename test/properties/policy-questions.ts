/** What the questions about policies are compared on: a world as manifests and as a snapshot, its ends, its ports. */

import { loadSnapshot, type Snapshot } from '../../src/index.ts';
import {
  endOfNode,
  endOfPod,
  familyOf,
  type NaiveEnd,
  type NaiveFlow,
  type NaiveWorld,
  naiveVerdict,
  type Raw,
} from './naive-policy.ts';
import { CRITICAL_PORTS, NODES, OUTSIDE, PROTOCOLS } from './policy-clusters.ts';

/** The snapshot of a world of two families. @param set further `KEY=VALUE`. */
export function snapshotOfWorld({ objects, blocks }: NaiveWorld, set: readonly string[] = []): Snapshot {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const flags = [
    'ipFamilies=IPv4,IPv6',
    'podCIDRs=10.244.0.0/16,fd00:10:244::/48',
    'serviceCIDRs=10.96.0.0/12,fd00:10:96::/112',
    `cni.ipBlock.pods=${blocks.pods}`,
    `cni.ipBlock.nodes=${blocks.nodes}`,
    ...set,
  ];
  return loadSnapshot({ files: [{ name: 'all.json', text }], profile: { flags: { set: flags } } });
}

/** Pods that run, as written. */
function runningPods({ objects }: Pick<NaiveWorld, 'objects'>): readonly Raw[] {
  return objects.filter((each) => each.kind === 'Pod' && each.status.phase === 'Running');
}

export interface NamedEnd {
  readonly reference: string;
  readonly end: NaiveEnd;
}

/** `x/pod/pod-0`: a reference, and the id of a peer. */
function podReference({ metadata }: Raw): string {
  return `${metadata.namespace}/pod/${metadata.name}`;
}

/** Pods with the references that mean them. */
export function namedPods(world: NaiveWorld, family: 4 | 6): readonly NamedEnd[] {
  return runningPods(world).map((pod) => ({
    reference: podReference(pod),
    end: endOfPod(world, pod, family),
  }));
}

/** Addresses outside. */
export function namedOutside(family: 4 | 6): readonly NamedEnd[] {
  return OUTSIDE.filter((ip) => familyOf(ip) === family).map((ip) => ({
    reference: ip,
    end: { kind: 'address' as const, ip },
  }));
}

/** Everyone who can be an end of a connection. */
export function namedEnds(world: NaiveWorld, family: 4 | 6): readonly NamedEnd[] {
  const nodes = NODES.map((name) => ({ reference: `node/${name}`, end: endOfNode(world, name, family) }));
  return [...namedPods(world, family), ...nodes, ...namedOutside(family)];
}

export type ProtocolAndPort = Pick<NaiveFlow, 'protocol' | 'port'>;

/** Every protocol with every port at which something may change. */
export const PORTS_ASKED: readonly ProtocolAndPort[] = PROTOCOLS.flatMap((protocol) =>
  CRITICAL_PORTS.map((port) => ({ protocol, port })),
);

/** The asked ports that the naive evaluator allows, as words. */
export function naivePorts(world: NaiveWorld, from: NaiveEnd, to: NaiveEnd): readonly string[] {
  return PORTS_ASKED.filter((asked) => naiveVerdict(world, { from, to, ...asked })).map(wordOf);
}

/** The asked ports that are in a text as answers write it: `All`, `TCP 80,8080-8090; UDP 53`; undefined: none. */
export function portsInText(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  if (text === 'All') return PORTS_ASKED.map(wordOf);
  const ranges = text.split('; ').flatMap((part) => {
    const [protocol, list] = part.split(' ');
    if (list === undefined) return [{ protocol, first: 1, last: 65_535 }];
    return list.split(',').map((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return { protocol, first: first ?? 0, last: last ?? 0 };
    });
  });
  return PORTS_ASKED.filter(({ protocol, port }) =>
    ranges.some((range) => range.protocol === protocol && range.first <= port && port <= range.last),
  ).map(wordOf);
}

function wordOf({ protocol, port }: ProtocolAndPort): string {
  return `${protocol} ${port}`;
}
