/**
 * kubeadm's ClusterConfiguration: ConfigMap kube-system/kubeadm-config, or the document that `kubeadm init`
 * was given. Source: kubernetes/kubernetes:cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go.
 */

import { type Fields, readSection, readString } from '../../k8s/fields.ts';
import { groupOf } from '../../k8s/names.ts';
import { readCidrList, readDomain } from '../profile-words.ts';
import {
  configFields,
  type Fact,
  type FactReader,
  fact,
  objectFields,
  placeOf,
  systemConfigMaps,
} from './fact.ts';

export const kubeadmFacts: FactReader = (objects, report) => {
  const plain = objects
    .otherOfKind('ClusterConfiguration')
    .filter(({ apiVersion }) => groupOf(apiVersion) === 'kubeadm.k8s.io');
  return [
    ...systemConfigMaps(objects, 'kubeadm-config').flatMap((object) =>
      configFields(object, 'ClusterConfiguration', report),
    ),
    ...plain.flatMap((object) => objectFields(object, report)),
  ].flatMap(factsIn);
};

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
