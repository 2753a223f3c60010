/**
 * kube-proxy's configuration: ConfigMap kube-system/kube-proxy (kubeadm's), or a KubeProxyConfiguration
 * among the manifests. Source: kubernetes/kube-proxy:config/v1alpha1/types.go.
 */

import { type Fields, readBoolean, readInteger, readSection, readString } from '../../k8s/fields.ts';
import {
  readCidrList,
  readDetectLocal,
  readNodePortAddresses,
  readProxyMode,
  readScheduler,
} from '../profile-words.ts';
import {
  type ConfigurationSource,
  configurations,
  type Fact,
  type FactReader,
  fact,
  placeOf,
} from './fact.ts';

const SOURCE: ConfigurationSource = {
  configMap: 'kube-proxy',
  key: 'config.conf',
  kind: 'KubeProxyConfiguration',
  group: 'kubeproxy.config.k8s.io',
};

export const kubeProxyFacts: FactReader = (objects, report) =>
  configurations(objects, SOURCE, report).flatMap(factsIn);

function factsIn(fields: Fields): readonly Fact[] {
  const mode = readProxyMode(fields, 'mode') ?? 'iptables';
  const nat = readSection(fields, mode === 'nftables' ? 'nftables' : 'iptables');
  const ipvs = readSection(fields, 'ipvs');
  return [
    ...fact('proxy.mode', mode, placeOf(fields, 'mode')),
    ...detectorFacts(fields),
    ...fact('proxy.masqueradeAll', readBoolean(nat, 'masqueradeAll'), placeOf(nat, 'masqueradeAll')),
    ...fact(
      'proxy.masqueradeBit',
      readInteger(nat, 'masqueradeBit', { min: 0, max: 31 }),
      placeOf(nat, 'masqueradeBit'),
    ),
    ...fact(
      'proxy.localhostNodePorts',
      readBoolean(readSection(fields, 'iptables'), 'localhostNodePorts'),
      placeOf(fields, 'iptables', 'localhostNodePorts'),
    ),
    ...nodePortFacts(fields),
    ...fact('proxy.scheduler', readScheduler(ipvs, 'scheduler'), placeOf(ipvs, 'scheduler')),
  ];
}

/**
 * Without a range the ClusterCIDR detector takes no traffic for local.
 * Source: kubernetes/kubernetes:cmd/kube-proxy/app/server_linux.go getLocalDetectors.
 */
function detectorFacts(fields: Fields): readonly Fact[] {
  const mode = readDetectLocal(fields, 'detectLocalMode') ?? 'ClusterCIDR';
  const detectLocal = readSection(fields, 'detectLocal');
  const ranges = readCidrList(fields, 'clusterCIDR');
  const isBlind = mode === 'ClusterCIDR' && ranges.length === 0;
  return [
    ...fact('proxy.clusterCIDR', ranges, placeOf(fields, 'clusterCIDR')),
    ...fact(
      'proxy.detectLocal',
      isBlind ? 'none' : mode,
      placeOf(fields, isBlind ? 'clusterCIDR' : 'detectLocalMode'),
    ),
    ...interfaceFact(detectLocal, 'bridgeInterface'),
    ...interfaceFact(detectLocal, 'interfaceNamePrefix'),
  ];
}

function interfaceFact(detectLocal: Fields, key: 'bridgeInterface' | 'interfaceNamePrefix'): readonly Fact[] {
  const name = readString(detectLocal, key);
  return name === '' ? [] : fact(`proxy.${key}`, name, placeOf(detectLocal, key));
}

function nodePortFacts(fields: Fields): readonly Fact[] {
  return fact(
    'proxy.nodePortAddresses',
    readNodePortAddresses(fields, 'nodePortAddresses'),
    placeOf(fields, 'nodePortAddresses'),
  );
}
