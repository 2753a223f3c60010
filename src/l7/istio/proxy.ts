/** A proxy of the mesh: whose it is, and what of the mesh's configuration it runs. */

import type { Pod } from '../../cluster/cluster.ts';
import type { OutboundMode } from '../../k8s/kinds/sidecar.ts';
import type { Labels } from '../../k8s/object.ts';
import type { MergedRule } from './destination-rules.ts';
import type { MeshService } from './registry.ts';

export interface MeshProxy {
  readonly kind: 'sidecar' | 'gateway';
  readonly pod: Pod;
  readonly namespace: string;
  readonly labels: Labels;
  /** `<namespace>.svc.<domain>`: short names of Services there are names for this proxy. */
  readonly dnsDomain: string;
  readonly outbound: OutboundMode;
  /** The service that a host means to it; undefined: it knows none. */
  service(host: string): MeshService | undefined;
  /** The DestinationRule that it uses for a service. */
  destinationRule(service: MeshService): MergedRule | undefined;
}
