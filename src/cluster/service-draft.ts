/** A Service before anything is allocated for it. */

import type { Labels } from '../k8s/object.ts';
import type { ServiceBody } from '../k8s/service-body.ts';
import type { IpFamily } from '../net/ip.ts';
import type { SourceRef } from '../source/ref.ts';
import type { ServiceKey } from './cluster.ts';

export interface ServiceDraft {
  readonly key: ServiceKey;
  readonly namespace: string;
  readonly name: string;
  readonly body: ServiceBody;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly ipFamilies: readonly IpFamily[];
  readonly origin?: SourceRef;
}

/** Is the Service reached by an address of its own? (Not headless, not a mere name.) */
export function hasClusterIp({ type, headless }: ServiceBody): boolean {
  return !headless && type !== 'ExternalName';
}
