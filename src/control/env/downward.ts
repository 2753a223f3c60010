/**
 * Values that a pod's own fields give: the downward API.
 * Source: kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go podFieldSelectorRuntimeValue,
 * pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go ExtractContainerResourceValue.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { podObjectRef, podSpecRef } from '../../cluster/pod-spec-ref.ts';
import type { EnvSource } from '../../k8s/container-env.ts';
import type { Container } from '../../k8s/kinds/pod-spec.ts';
import { parseMilliQuantity } from '../../k8s/quantity.ts';
import type { Ip } from '../../net/ip.ts';
import { refTo, valueAt } from '../../source/ref.ts';
import { type EnvValue, known, unknown } from './env-value.ts';

/** Seconds, unless spec.terminationGracePeriodSeconds says otherwise. */
const GRACE_SECONDS = '30';

/** The value of a fieldRef. */
export function fieldValue(cluster: Cluster, pod: Pod, fieldPath: string): EnvValue {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (subscript !== null) return mapValue(pod, subscript[1] ?? '', subscript[2] ?? '');
  switch (fieldPath) {
    case 'metadata.name':
      return pod.assumed.name ? unknown('the name of the replica') : known(pod.name);
    case 'metadata.namespace':
      return known(pod.namespace);
    case 'metadata.uid':
      return textAt(pod, 'uid');
    case 'spec.nodeName':
      return pod.node === undefined ? unknown('the node') : known(pod.node);
    case 'spec.serviceAccountName':
      return known(specText(pod, 'serviceAccountName') ?? specText(pod, 'serviceAccount') ?? 'default');
    case 'spec.terminationGracePeriodSeconds':
      return known(specText(pod, 'terminationGracePeriodSeconds') ?? GRACE_SECONDS);
    case 'status.podIP':
      return addresses(pod.ips.slice(0, 1), 'the address');
    case 'status.podIPs':
      return addresses(pod.ips, 'the address');
    case 'status.hostIP':
      return addresses(hostIps(cluster, pod).slice(0, 1), 'the address of the node');
    case 'status.hostIPs':
      return addresses(hostIps(cluster, pod), 'the address of the node');
    default:
      return unknown(fieldPath);
  }
}

function mapValue(pod: Pod, map: string, key: string): EnvValue {
  if (map === 'labels') return known(pod.labels.get(key) ?? '');
  const spec = podSpecRef(pod);
  if (spec === undefined) return known('');
  const metadata = { ...spec, path: [...spec.path.slice(0, -1), 'metadata'] };
  const value = valueAt(refTo(metadata, map, key));
  return known(typeof value === 'string' ? value : '');
}

function textAt(pod: Pod, field: string): EnvValue {
  const object = podObjectRef(pod);
  const value = object === undefined ? undefined : valueAt(refTo(object, 'metadata', field));
  return typeof value === 'string' ? known(value) : unknown(`metadata.${field}`);
}

function specText(pod: Pod, field: string): string | undefined {
  const at = podSpecRef(pod, field);
  const value = at === undefined ? undefined : valueAt(at);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function addresses(ips: readonly Ip[], what: string): EnvValue {
  return ips.length === 0 ? unknown(what) : known(ips.map(({ text }) => text).join(','));
}

/** Of each family one. */
function hostIps(cluster: Cluster, pod: Pod): readonly Ip[] {
  return pod.node === undefined ? [] : (cluster.nodeByName.get(pod.node)?.primaryAddresses ?? []);
}

type ResourceSource = Extract<EnvSource, { kind: 'resource' }>;

/**
 * The value of a resourceFieldRef, rounded up to whole divisors. A limit that is not written is what the node
 * can give, which is not in the input; a request that is not written is the limit, or 0.
 */
export function resourceValue(pod: Pod, container: Container, source: ResourceSource): EnvValue {
  const { resource, divisor = '0' } = source;
  const named = source.container;
  const owner =
    named === undefined
      ? container
      : [...pod.spec.containers, ...pod.spec.initContainers].find(({ name }) => name === named);
  if (owner === undefined) return unknown(`no container ${named}`);
  const [list = '', ...rest] = resource.split('.');
  const name = rest.join('.');
  const amount = amountAt(pod, owner, list, name);
  const fallback = list === 'requests' ? (amountAt(pod, owner, 'limits', name) ?? 0) : undefined;
  const milli = amount ?? fallback;
  if (milli === undefined) return unknown(`${resource}: what the node can give`);
  const unit = parseMilliQuantity(divisor) || 1000;
  // Only the CPU is counted in thousandths.
  const whole = name === 'cpu' ? milli / unit : Math.ceil(milli / 1000) / Math.ceil(unit / 1000);
  return known(String(Math.ceil(whole)));
}

/** In thousandths. */
function amountAt({ origin }: Pod, { path }: Container, list: string, name: string): number | undefined {
  const value = origin === undefined ? undefined : valueAt(refTo(origin, ...path, 'resources', list, name));
  return typeof value === 'string' || typeof value === 'number'
    ? parseMilliQuantity(String(value))
    : undefined;
}
