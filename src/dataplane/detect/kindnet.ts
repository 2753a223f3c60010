/** What manifests show of kindnet: its DaemonSet; which of the two it is, by the image. */

import type { Cluster } from '../../cluster/cluster.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf } from './marks.ts';

const KIND = /(^|\/)kindnetd\b/;
const SIGS = /(^|\/)(kindnet|networking-kindnet|aojea\/kindnetd)\b/;

/** `ghcr.io/aojea/kindnetd` is the project of its own, `docker.io/kindest/kindnetd` kind's. */
export function detectKindnet(cluster: Cluster): CniEvidence | undefined {
  const own = agentOf(cluster, /(^|\/)kindest\/kindnetd\b/) ?? agentOf(cluster, KIND);
  if (own !== undefined && agentOf(cluster, /aojea\/kindnet/) === undefined) {
    return { backend: 'ptp', origin: own.origin };
  }
  const sigs = agentOf(cluster, SIGS);
  return sigs === undefined ? undefined : { backend: 'knet', origin: sigs.origin };
}
