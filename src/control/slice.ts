/**
 * Endpoint slices as the proxy and the cluster DNS see them, wherever they come from: written, mirrored
 * from an Endpoints object, or made for a Service's selector. An endpoint is one place that answers.
 */

import type { PodKey } from '../cluster/cluster.ts';
import type { SlicePort } from '../k8s/kinds/endpoint-slice.ts';
import type { Labels } from '../k8s/object.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { SourceRef } from '../source/ref.ts';

export interface Slice {
  readonly family: IpFamily;
  /** Every endpoint of the slice has every port. */
  readonly ports: readonly Omit<SlicePort, 'path'>[];
  readonly endpoints: readonly SliceEntry[];
  readonly labels: Labels;
}

/** One endpoint, with the API's defaults filled in. */
export interface SliceEntry {
  /** Of the slice's family; the proxy uses the first one only. */
  readonly addresses: readonly Ip[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hostname: string | undefined;
  readonly pod: PodKey | undefined;
  /** The name in targetRef, whatever its kind: the cluster DNS can take it for the endpoint's. */
  readonly targetName: string | undefined;
  /** As written: the proxy calls an endpoint local by this name and nothing else. */
  readonly node: string | undefined;
  readonly zone: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  readonly origin: SourceRef | undefined;
}
