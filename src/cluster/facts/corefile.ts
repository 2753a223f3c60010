/**
 * The zone that the cluster's DNS serves: the first of the plugin `kubernetes` in ConfigMap kube-system/coredns that is
 * none of addresses. Source: coredns/coredns:plugin/kubernetes/setup.go; kubernetes/kubernetes:cmd/kubeadm CoreDNSConfigMap.
 */

import { readCorefile } from '../../source/corefile.ts';
import { isMapping } from '../../source/document.ts';
import { refTo } from '../../source/ref.ts';
import { configMapsNamed, type FactReader, fact } from './fact.ts';

const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const corefileFacts: FactReader = (objects) =>
  configMapsNamed(objects, 'coredns').flatMap(({ name, namespace, raw, origin }) => {
    const data = isMapping(raw) ? raw['data'] : undefined;
    const text = isMapping(data) ? data['Corefile'] : undefined;
    if (name !== 'coredns' || namespace !== 'kube-system' || typeof text !== 'string') return [];
    return fact('clusterDomain', servedDomain(text), refTo(origin, 'data', 'Corefile'));
  });

function servedDomain(text: string): string | undefined {
  const served = readCorefile(text, () => undefined)
    .blocks.flatMap(({ directives }) => directives)
    .find(({ name }) => name.text === 'kubernetes');
  const zones = served?.args.map((zone) => zone.text.toLowerCase().replace(/\.$/, '')) ?? [];
  return zones.find(
    (zone) => DOMAIN.test(zone) && !/\.(in-addr|ip6)\.arpa$|^(in-addr|ip6)\.arpa$/.test(zone),
  );
}
