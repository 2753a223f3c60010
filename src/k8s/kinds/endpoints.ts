import { type Fields, pickStrings, readMappings, requireIp } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { readSlicePort, readTarget, type SliceEndpoint, type SlicePort } from './endpoint-slice.ts';

/** One subset: every address has every port. `ready` of an endpoint tells which list it was in. */
export interface EndpointsSubset {
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

export interface EndpointsBody {
  readonly subsets: readonly EndpointsSubset[];
}

export type EndpointsObject = K8sObject<'Endpoints', EndpointsBody>;

export const endpointsReader: KindReader<'Endpoints', EndpointsBody> = {
  kind: 'Endpoints',
  apiVersions: ['v1'],
  namespaced: true,
  read: (fields, { namespace }) => ({
    subsets: readMappings(fields, 'subsets').map((subset) => ({
      endpoints: [
        ...readMappings(subset, 'addresses').flatMap((each) => readAddress(each, { namespace, ready: true })),
        ...readMappings(subset, 'notReadyAddresses').flatMap((each) =>
          readAddress(each, { namespace, ready: false }),
        ),
      ],
      ports: readMappings(subset, 'ports').flatMap(readSlicePort),
    })),
  }),
};

function readAddress(
  fields: Fields,
  { namespace, ready }: { readonly namespace: string; readonly ready: boolean },
): readonly SliceEndpoint[] {
  const ip = requireIp(fields, 'ip');
  if (ip === undefined) return [];
  const endpoint: SliceEndpoint = {
    addresses: [ip.text],
    ready,
    ...pickStrings(fields, ['hostname', 'nodeName']),
    zoneHints: [],
    nodeHints: [],
    ...readTarget(fields, namespace),
    path: fields.path,
  };
  return [endpoint];
}
