/**
 * NodeLocal DNSCache: its DaemonSet, which runs k8s-dns-node-cache on every node
 * (kubernetes/kubernetes:cluster/addons/dns/nodelocaldns/nodelocaldns.yaml).
 */

import { refTo } from '../../source/ref.ts';
import { type FactReader, fact } from './fact.ts';

const IMAGE = /(^|\/)k8s-dns-node-cache(:|@|$)/;

export const nodeLocalDnsFacts: FactReader = (objects) => {
  const cache = objects
    .ofKind('DaemonSet')
    .find(({ body }) => body.template.spec.containers.some(({ image }) => IMAGE.test(image ?? '')));
  return cache === undefined ? [] : fact('dns.nodeLocal', true, refTo(cache.origin, 'metadata', 'name'));
};
