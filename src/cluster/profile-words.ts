/** Values in the spellings that profiles, kube-proxy, the kubelet and kubeadm share. */

import { type Fields, readCidrs, readEnum, readString, reportInvalid } from '../k8s/fields.ts';
import type { Cidr } from '../net/cidr.ts';
import {
  type DetectLocalMode,
  type NodePortRanges,
  type ProxyMode,
  SCHEDULERS,
  type Scheduler,
} from './profile.ts';

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

/** IPVS's scheduler; undefined for the empty word, which is the default. */
export function readScheduler(fields: Fields, key: string): Scheduler | undefined {
  return readWord(fields, key, SCHEDULERS);
}

/** `localhost` and `all` as ranges (KEP-6032). */
const NODE_PORT_WORDS: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.0/8', '::1/128'],
  all: ['0.0.0.0/0', '::/0'],
};

/**
 * Ranges of addresses that node ports answer on, or a word for some; empty: the mode's default.
 * The word `primary` stands alone (kubernetes/kubernetes:pkg/proxy/apis/config/validation).
 */
export function readNodePortAddresses(fields: Fields, key: string): NodePortRanges {
  const listed = withList(fields, key);
  const words: unknown = listed.raw[key];
  if (!Array.isArray(words)) return readCidrList(fields, key);
  if (words.includes('primary')) {
    if (words.length > 1) reportInvalid(fields, [key], words, 'the word primary must stand alone');
    return 'primary';
  }
  const ranges = words.flatMap((word: unknown): readonly unknown[] =>
    typeof word === 'string' && Object.hasOwn(NODE_PORT_WORDS, word) ? (NODE_PORT_WORDS[word] ?? []) : [word],
  );
  return readCidrs({ ...listed, raw: { ...listed.raw, [key]: ranges } }, key);
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
