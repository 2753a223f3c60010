/** Endpoints by hand with the Service that they belong to: Endpoints objects and EndpointSlices alike. */

import { isGenerated } from '../control/mirror-endpoints.ts';
import { MANAGED_BY, SERVICE_NAME } from '../control/slice-labels.ts';
import type { SliceEndpoint, SlicePort } from '../k8s/kinds/endpoint-slice.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { ServiceObject } from './services.ts';
import { type Subject, subjectOf } from './subject.ts';

export interface HandmadeEndpoints {
  readonly subject: Subject;
  readonly service: ServiceObject | undefined;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}

/** One entry for each subset and each slice that no controller wrote. */
export const handmadeEndpoints: OfInput<readonly HandmadeEndpoints[]> = perInput((input) => {
  const { objects } = input.snapshot;
  const subsets = objects
    .ofKind('Endpoints')
    .filter((each) => !isGenerated(each))
    .flatMap((each) => {
      const service = input.service(each.metadata.namespace, each.metadata.name);
      return each.body.subsets.map((subset) => ({ ...subset, subject: subjectOf(each), service }));
    });
  const slices = objects
    .ofKind('EndpointSlice')
    .filter(({ metadata }) => !(metadata.labels.get(MANAGED_BY) ?? '').endsWith('.k8s.io'))
    .map((each) => ({
      ports: each.body.ports,
      endpoints: each.body.endpoints,
      subject: subjectOf(each),
      service: input.service(each.metadata.namespace, each.metadata.labels.get(SERVICE_NAME) ?? ''),
    }));
  return [...subsets, ...slices];
});
