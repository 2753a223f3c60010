/** External names of Services that are names of the cluster. */

import type { ClusterProfile } from '../cluster/profile.ts';

export interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** The Service that a whole name of the cluster domain means: `pg.data.svc.cluster.local`. */
export function clusterNameOf(text: string, { clusterDomain }: ClusterProfile): ClusterName | undefined {
  const suffix = `.svc.${clusterDomain}`;
  const bare = text.toLowerCase().replace(/\.$/, '');
  if (!bare.endsWith(suffix)) return undefined;
  // In front of the Service may stand the name of a pod.
  const [namespace, name] = bare.slice(0, -suffix.length).split('.').reverse();
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
