/** What manifests show of flannel: node annotations, its ConfigMap, its DaemonSet. */

import type { Cluster } from '../../cluster/cluster.ts';
import { goBoolean } from '../../k8s/go-boolean.ts';
import { refTo } from '../../source/ref.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf, type ConfigTexts, configMapOf, fieldOf, mappingAt, parseJson, textAt } from './marks.ts';

export const FLANNEL_ANNOTATION = 'flannel.alpha.coreos.com/';
export const FLANNEL_AGENT: RegExp = /(^|\/)flannel(:|@|$)/;

/** By nodes first: what runs before what is planned. */
export function detectFlannel(cluster: Cluster): CniEvidence | undefined {
  const shown = [detectByNodes(cluster), detectByConfigMap(cluster), detectByDaemonSet(cluster)].filter(
    (evidence) => evidence !== undefined,
  );
  const [first] = shown;
  if (first === undefined) return undefined;
  const options = Object.assign({}, ...shown.toReversed().map((evidence) => evidence.options));
  const backend = shown.find((evidence) => evidence.backend !== undefined)?.backend;
  return { ...first, options, ...(backend === undefined ? {} : { backend }) };
}

function detectByNodes({ nodes }: Cluster): CniEvidence | undefined {
  for (const { annotations, origin } of nodes) {
    const backend = annotations.get(`${FLANNEL_ANNOTATION}backend-type`);
    if (backend === undefined) continue;
    const path = ['metadata', 'annotations', `${FLANNEL_ANNOTATION}backend-type`];
    return { backend, ...(origin === undefined ? {} : { origin: refTo(origin, ...path) }) };
  }
  return undefined;
}

function detectByConfigMap(cluster: Cluster): CniEvidence | undefined {
  const config = configMapOf(cluster, 'kube-flannel-cfg');
  return config === undefined ? undefined : networkEvidence(config);
}

/** Backend of `net-conf.json`: `{"Network": …, "Backend": {"Type": "vxlan", "VNI": 1, "Port": 8472}}`. */
export function networkEvidence(config: ConfigTexts): CniEvidence {
  const network = parseJson(config.data.get('net-conf.json'));
  const backend = mappingAt(network, 'Backend');
  const type = textAt(backend, 'Type')?.toLowerCase();
  const [vni, port] = [backend['VNI'], backend['Port']];
  const options = {
    ...(typeof vni === 'number' ? { vni } : {}),
    ...(typeof port === 'number' ? { port } : {}),
    ...(backend['DirectRouting'] === true ? { directRouting: true } : {}),
    ...(fieldOf(network, 'EnableNFTables') === true ? { nftables: true } : {}),
  };
  const origin = refTo(config.origin, 'net-conf.json');
  return { ...(type === undefined ? {} : { backend: type }), options, origin };
}

function detectByDaemonSet(cluster: Cluster): CniEvidence | undefined {
  const agent = agentOf(cluster, FLANNEL_AGENT);
  if (agent === undefined) return undefined;
  const { args, flags } = agent;
  const isDaemon = flags.has('kube-subnet-mgr') || args.some((arg) => arg.endsWith('flanneld'));
  const options = isDaemon ? { ipMasq: goBoolean(flags.get('ip-masq')?.value) ?? false } : {};
  return { origin: agent.origin, options };
}
