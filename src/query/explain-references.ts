/** The references that fit a cluster, for the completion of shells. */

import { kindWord } from './reference.ts';
import type { Snapshot } from './snapshot.ts';

/** Workloads, pods, Services and nodes as one would type them, in order; `internet` last. */
export function explainReferences({ cluster }: Snapshot): readonly string[] {
  const local = (namespace: string) => (namespace === cluster.profile.namespace ? '' : `${namespace}/`);
  const pods = cluster.pods
    .filter(({ origin }) => origin !== undefined)
    .map(({ namespace, name, workload }) =>
      workload === undefined
        ? `${local(namespace)}pod/${name}`
        : `${local(namespace)}${kindWord(workload.kind)}/${workload.name}`,
    );
  const services = cluster.services.map(({ namespace, name }) => `${local(namespace)}svc/${name}`);
  const nodes = cluster.nodes.map(({ name }) => `node/${name}`);
  return [...new Set([...pods, ...services, ...nodes])].sort().concat('internet');
}
