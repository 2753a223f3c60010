/**
 * Clouds show themselves by their agents, else by the labels that they put on nodes. A label tells the cloud, not
 * whether somebody replaced its CNI: other marks go before it.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import { isMapping } from '../../source/document.ts';
import { readNested } from '../../source/nested.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf, configMapOf } from './marks.ts';

/** GKE: netd, or its label on nodes. */
export function detectGke(cluster: Cluster): CniEvidence | undefined {
  const origin =
    agentOf(cluster, /(^|\/)(gke-release\/)?netd(:|@|$)/)?.origin ??
    labelled(cluster, 'cloud.google.com/gke-nodepool');
  if (origin === undefined) return undefined;
  return { origin, options: masqueradeOptions(cluster, 'ip-masq-agent') };
}

/** AKS: azure-cns or azure-vnet, or its labels on nodes, one of which tells the overlay. */
export function detectAzure(cluster: Cluster): CniEvidence | undefined {
  const origin =
    agentOf(cluster, /azure-cns\b|azure-vnet\b|azure-cni\b/)?.origin ??
    labelled(cluster, 'kubernetes.azure.com/cluster');
  if (origin === undefined) return undefined;
  const isOverlay = cluster.nodes.some(
    ({ labels }) => labels.get('kubernetes.azure.com/podnetwork-type') === 'overlay',
  );
  return {
    origin,
    ...(isOverlay ? { backend: 'overlay' } : {}),
    options: masqueradeOptions(cluster, 'azure-ip-masq-agent-config'),
  };
}

function labelled({ nodes }: Cluster, label: string): SourceRef | undefined {
  const node = nodes.find(({ labels, origin }) => origin !== undefined && labels.has(label));
  return node?.origin === undefined ? undefined : refTo(node.origin, 'metadata', 'labels', label);
}

/** The agent's configuration: YAML or JSON under any key of the ConfigMap (kubernetes-sigs/ip-masq-agent:README.md). */
function masqueradeOptions(cluster: Cluster, name: string): Readonly<Record<string, unknown>> {
  const config = configMapOf(cluster, name);
  const options: Record<string, unknown> = {};
  for (const [key, text] of config?.data ?? []) {
    if (config === undefined) continue;
    const [document] = readNested(refTo(config.origin, key), text, () => undefined);
    const value = document?.value;
    if (!isMapping(value)) continue;
    if (Array.isArray(value['nonMasqueradeCIDRs']))
      options['nonMasqueradeCIDRs'] = value['nonMasqueradeCIDRs'];
    if (typeof value['masqLinkLocal'] === 'boolean') options['masqLinkLocal'] = value['masqLinkLocal'];
  }
  return options;
}
