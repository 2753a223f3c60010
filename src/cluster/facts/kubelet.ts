/**
 * The kubelet's configuration: ConfigMap kube-system/kubelet-config (before 1.24 with the version in its
 * name), or a KubeletConfiguration among the manifests. Source: kubernetes/kubelet:config/v1beta1/types.go.
 */

import { type Fields, readIps } from '../../k8s/fields.ts';
import { groupOf } from '../../k8s/names.ts';
import { readDomain } from '../profile-words.ts';
import {
  configFields,
  type Fact,
  type FactReader,
  fact,
  objectFields,
  placeOf,
  systemConfigMaps,
} from './fact.ts';

export const kubeletFacts: FactReader = (objects, report) => {
  const plain = objects
    .otherOfKind('KubeletConfiguration')
    .filter(({ apiVersion }) => groupOf(apiVersion) === 'kubelet.config.k8s.io');
  return [
    ...systemConfigMaps(objects, 'kubelet-config').flatMap((object) =>
      configFields(object, 'kubelet', report),
    ),
    ...plain.flatMap((object) => objectFields(object, report)),
  ].flatMap(factsIn);
};

function factsIn(fields: Fields): readonly Fact[] {
  return [
    ...fact('dns.clusterIPs', readIps(fields, 'clusterDNS'), placeOf(fields, 'clusterDNS')),
    ...fact('clusterDomain', readDomain(fields, 'clusterDomain'), placeOf(fields, 'clusterDomain')),
  ];
}
