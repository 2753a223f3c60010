/**
 * DestinationRule of Istio: subsets of a host, and how proxies talk to it.
 * Source: istio/api:networking/v1alpha3/destination_rule.proto.
 */

import type { FieldPath } from '../../source/document.ts';
import {
  type Fields,
  readMappings,
  readSection,
  readStringMap,
  reportDuplicate,
  requireString,
} from '../fields.ts';
import { readExportTo, readWorkloadLabels } from '../istio-parts/selector.ts';
import { readTrafficPolicy, type TrafficPolicy } from '../istio-parts/traffic-policy.ts';
import type { K8sObject, KindReader, Labels } from '../object.ts';

export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly trafficPolicy?: TrafficPolicy;
  readonly path: FieldPath;
}

export interface DestinationRuleBody {
  /** As written; empty: the rule is refused. */
  readonly host: string;
  readonly subsets: readonly Subset[];
  readonly trafficPolicy?: TrafficPolicy;
  readonly exportTo: readonly string[];
  /** Of clients; undefined: every client. */
  readonly workloadSelector?: Labels;
}

export type DestinationRuleObject = K8sObject<'DestinationRule', DestinationRuleBody>;

export const destinationRuleReader: KindReader<'DestinationRule', DestinationRuleBody> = {
  kind: 'DestinationRule',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const trafficPolicy = readTrafficPolicy(spec);
    const workloadSelector = readWorkloadLabels(spec, 'workloadSelector');
    const subsets = readMappings(spec, 'subsets').flatMap(readSubset);
    reportDoubles(spec, subsets);
    return {
      host: requireString(spec, 'host') ?? '',
      subsets,
      ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
      exportTo: readExportTo(spec),
      ...(workloadSelector === undefined ? {} : { workloadSelector }),
    };
  },
};

function readSubset(fields: Fields): readonly Subset[] {
  const name = requireString(fields, 'name') ?? '';
  if (name === '') return [];
  const trafficPolicy = readTrafficPolicy(fields);
  return [
    {
      name,
      labels: readStringMap(fields, 'labels'),
      ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
      path: fields.path,
    },
  ];
}

function reportDoubles(spec: Fields, subsets: readonly Subset[]): void {
  const seen = new Set<string>();
  for (const { name, path } of subsets) {
    const index = path.at(-1);
    if (seen.has(name) && index !== undefined) reportDuplicate(spec, ['subsets', index, 'name'], name);
    seen.add(name);
  }
}
