import type { Ip } from '../../net/ip.ts';
import { type Fields, readIp, readMappings, readSection, readString } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { readReady } from '../read-condition.ts';
import { type PodTemplate, readPodSpec } from './pod-spec.ts';

export interface PodBody {
  readonly template: PodTemplate;
  readonly phase?: string;
  /** status.podIPs, the primary address first. */
  readonly podIps: readonly Ip[];
  /** status.hostIP: the address of the pod's node. */
  readonly hostIp?: Ip;
  /** The Ready condition; undefined when the input has none. */
  readonly ready?: boolean;
}

export type PodObject = K8sObject<'Pod', PodBody>;

export const podReader: KindReader<'Pod', PodBody> = {
  kind: 'Pod',
  apiVersions: ['v1'],
  namespaced: true,
  read: (fields, { labels, annotations }, options) => {
    const status = readSection(fields, 'status');
    const phase = readString(status, 'phase');
    const hostIp = readIp(status, 'hostIP');
    const ready = readReady(status);
    return {
      template: { labels, annotations, spec: readPodSpec(fields, options), path: [] },
      ...(phase === undefined ? {} : { phase }),
      podIps: readPodIps(status),
      ...(hostIp === undefined ? {} : { hostIp }),
      ...(ready === undefined ? {} : { ready }),
    };
  },
};

/** podIP repeats the first of podIPs. */
function readPodIps(status: Fields): readonly Ip[] {
  const ips = readMappings(status, 'podIPs').flatMap((entry) => readIp(entry, 'ip') ?? []);
  return ips.length > 0 ? ips : [readIp(status, 'podIP') ?? []].flat();
}
