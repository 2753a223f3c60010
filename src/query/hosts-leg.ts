/** The look-up that the hosts file of a pod answers: files come before name servers (docs/semantics/pod-view.md V12). */

import type { Pod } from '../cluster/cluster.ts';
import { hostsAddresses } from '../control/dns/hosts-file.ts';
import { podFiles } from '../control/dns/pod-files.ts';
import type { Ip } from '../net/ip.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { LegAnswer, StepAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { askerPlace } from './place.ts';
import { hostsMountOf } from './pod-file-findings.ts';
import { sourceAnswer } from './source-answer.ts';

export interface HostsLookup {
  readonly leg: LegAnswer;
  /** Of the family that is asked for; empty: the file has the name with the other one only. */
  readonly addresses: readonly Ip[];
  /** The line of hostAliases, where that is what has the name. */
  readonly at?: SourceRef;
}

/**
 * What the file has for a name; undefined: nothing, a name server is asked. A container that mounts a file of
 * its own there has that, and nobody knows what it holds.
 */
export function hostsLookup(asking: Asking, pod: Pod, host: string): HostsLookup | undefined {
  const [container] = pod.spec.containers;
  if (container !== undefined && hostsMountOf(pod, container) !== undefined) return undefined;
  const entries = podFiles(asking.snapshot.cluster, pod).hostsEntries;
  const all = hostsAddresses(entries, host);
  if (all.length === 0) return undefined;
  const addresses = all.filter(({ family }) => family === asking.family);
  const at = aliasOf(pod, host);
  const step: StepAnswer = {
    kind: addresses.length === 0 ? 'end' : 'resolve',
    text: `${host} → ${all.map(({ text }) => text).join(', ')}`,
    where: { rule: at === undefined ? '/etc/hosts' : '/etc/hosts, hostAliases' },
    ...(at === undefined ? {} : { because: [sourceAnswer(at, { namer: asking.namer })] }),
  };
  return {
    leg: { purpose: 'lookup', hops: [{ place: askerPlace(pod), steps: [step] }] },
    addresses,
    ...(at === undefined ? {} : { at }),
  };
}

function aliasOf({ origin, spec }: Pod, host: string): SourceRef | undefined {
  const wanted = host.toLowerCase();
  const alias = spec.hostAliases?.find(({ hostnames }) =>
    hostnames.some((name) => name.toLowerCase() === wanted),
  );
  return alias === undefined || origin === undefined ? undefined : refTo(origin, ...alias.path);
}
