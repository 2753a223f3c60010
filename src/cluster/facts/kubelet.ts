/**
 * The kubelet's configuration: ConfigMap kube-system/kubelet-config (before 1.24 with the version in its
 * name), or a KubeletConfiguration among the manifests. Source: kubernetes/kubelet:config/v1beta1/types.go.
 */

import { type Fields, readIps } from '../../k8s/fields.ts';
import { readDomain } from '../profile-words.ts';
import {
  type ConfigurationSource,
  configurations,
  type Fact,
  type FactReader,
  fact,
  placeOf,
} from './fact.ts';

const SOURCE: ConfigurationSource = {
  configMap: 'kubelet-config',
  key: 'kubelet',
  kind: 'KubeletConfiguration',
  group: 'kubelet.config.k8s.io',
};

export const kubeletFacts: FactReader = (objects, report) =>
  configurations(objects, SOURCE, report).flatMap(factsIn);

function factsIn(fields: Fields): readonly Fact[] {
  return [
    ...fact('dns.clusterIPs', readIps(fields, 'clusterDNS'), placeOf(fields, 'clusterDNS')),
    ...fact('clusterDomain', readDomain(fields, 'clusterDomain'), placeOf(fields, 'clusterDomain')),
  ];
}
