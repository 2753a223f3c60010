/** What manifests show of canal: both agents, as a rule in one DaemonSet, and its ConfigMap canal-config. */

import type { Cluster } from '../../cluster/cluster.ts';
import type { CniEvidence } from '../cni.ts';
import { CALICO_AGENT } from './calico.ts';
import { FLANNEL_AGENT, networkEvidence } from './flannel.ts';
import { agentOf, configMapOf, isYes, numberIn } from './marks.ts';

/** Source: projectcalico/calico:manifests/canal.yaml. */
export function detectCanal(cluster: Cluster): CniEvidence | undefined {
  const calico = agentOf(cluster, CALICO_AGENT);
  const flannel = agentOf(cluster, FLANNEL_AGENT);
  if (calico === undefined || flannel === undefined) return undefined;
  const config = configMapOf(cluster, 'canal-config');
  const network = config === undefined ? undefined : networkEvidence(config);
  const ipMasq = isYes(flannel.env.get('FLANNELD_IP_MASQ') ?? config?.data.get('masquerade'));
  const mtu = numberIn(config?.data.get('veth_mtu'));
  return {
    ...(network?.backend === undefined ? {} : { backend: network.backend }),
    options: { ...network?.options, ...(ipMasq === undefined ? {} : { ipMasq }) },
    ...(mtu === undefined ? {} : { mtu }),
    origin: network?.origin ?? calico.origin,
  };
}
