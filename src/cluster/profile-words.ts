/** Values in the spellings that profiles, kube-proxy, the kubelet and kubeadm share. */

import { type Fields, readCidrs, readEnum, readString, reportInvalid } from '../k8s/fields.ts';
import type { Cidr } from '../net/cidr.ts';
import type { DetectLocalMode, ProxyMode } from './profile.ts';

const PROXY_MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'cilium', 'none'];
const DETECT_LOCAL_MODES: readonly DetectLocalMode[] = [
  'ClusterCIDR',
  'NodeCIDR',
  'BridgeInterface',
  'InterfaceNamePrefix',
  'none',
];

/** kube-proxy's mode; undefined for the empty word, which is its default. */
export function readProxyMode(fields: Fields, key: string): ProxyMode | undefined {
  return readWord(fields, key, PROXY_MODES);
}

/** How kube-proxy tells traffic of the node's own pods. */
export function readDetectLocal(fields: Fields, key: string): DetectLocalMode | undefined {
  return readWord(fields, key, DETECT_LOCAL_MODES);
}

/** The DNS domain of a cluster, without a final dot. */
export function readDomain(fields: Fields, key: string): string | undefined {
  const written = readString(fields, key);
  if (written === undefined || written === '') return undefined;
  const domain = written.replace(/\.$/, '').toLowerCase();
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(domain)) {
    return domain;
  }
  reportInvalid(fields, [key], written, 'must be a domain name like cluster.local');
  return undefined;
}

/** One of a few words, in any case. */
export function readWord<Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const value = fields.raw[key];
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  return words.find((word) => word.toLowerCase() === text) ?? readEnum(fields, key, words);
}

/** A list of ranges, or one text with commas. */
export function readCidrList(fields: Fields, key: string): readonly Cidr[] {
  return readCidrs(withList(fields, key), key);
}

/** A list may be written as one text with commas, as on a command line. */
export function withList(fields: Fields, key: string): Fields {
  const value = fields.raw[key];
  if (typeof value !== 'string') return fields;
  const items = value.split(',').map((item) => item.trim());
  return { ...fields, raw: { ...fields.raw, [key]: items.filter((item) => item !== '') } };
}
