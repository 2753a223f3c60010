/**
 * kubeadm's ClusterConfiguration: ConfigMap kube-system/kubeadm-config, or the document that `kubeadm init`
 * was given. Source: kubernetes/kubernetes:cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go.
 */

import { type Fields, readSection, readString } from '../../k8s/fields.ts';
import { readCidrList, readDomain } from '../profile-words.ts';
import {
  type ConfigurationSource,
  configurations,
  type Fact,
  type FactReader,
  fact,
  placeOf,
} from './fact.ts';

const SOURCE: ConfigurationSource = {
  configMap: 'kubeadm-config',
  key: 'ClusterConfiguration',
  kind: 'ClusterConfiguration',
  group: 'kubeadm.k8s.io',
};

export const kubeadmFacts: FactReader = (objects, report) =>
  configurations(objects, SOURCE, report).flatMap(factsIn);

function factsIn(fields: Fields): readonly Fact[] {
  const networking = readSection(fields, 'networking');
  return [
    ...fact('podCIDRs', readCidrList(networking, 'podSubnet'), placeOf(networking, 'podSubnet')),
    ...fact('serviceCIDRs', readCidrList(networking, 'serviceSubnet'), placeOf(networking, 'serviceSubnet')),
    ...fact('clusterDomain', readDomain(networking, 'dnsDomain'), placeOf(networking, 'dnsDomain')),
    ...fact('kubernetes', minorVersion(fields), placeOf(fields, 'kubernetesVersion')),
  ];
}

/** `v1.31.2` is 1.31; a label such as `stable-1` names no version that a file could tell. */
function minorVersion(fields: Fields): string | undefined {
  return /^v?(1\.\d{1,3})\./.exec(readString(fields, 'kubernetesVersion') ?? '')?.[1];
}
