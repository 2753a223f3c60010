/**
 * Calico's pools: IPPool objects, else those that the operator's Installation makes; their ranges are the pods'.
 * Source: projectcalico/api:pkg/apis/projectcalico/v3/ippool.go, tigera/operator:api/v1/installation_types.go.
 */

import { type Fields, readBoolean, readCidr, readMappings, readSection } from '../../k8s/fields.ts';
import { groupOf } from '../../k8s/names.ts';
import type { Cidr } from '../../net/cidr.ts';
import { type Fact, type FactReader, fact, objectFields, placeOf } from './fact.ts';

const POOL_GROUPS = ['projectcalico.org', 'crd.projectcalico.org'];

export const calicoFacts: FactReader = (objects, report) => {
  const pools = objects
    .otherOfKind('IPPool')
    .filter(({ apiVersion }) => POOL_GROUPS.includes(groupOf(apiVersion)))
    .flatMap((object) => objectFields(object, report))
    .map((fields) => readSection(fields, 'spec'))
    .filter((spec) => readBoolean(spec, 'disabled') !== true);
  if (pools.length > 0) return rangesOf(pools);
  const planned = objects
    .otherOfKind('Installation')
    .filter(({ apiVersion }) => groupOf(apiVersion) === 'operator.tigera.io')
    .flatMap((object) => objectFields(object, report))
    .flatMap((fields) => readMappings(readSection(readSection(fields, 'spec'), 'calicoNetwork'), 'ipPools'));
  return rangesOf(planned);
};

function rangesOf(pools: readonly Fields[]): readonly Fact[] {
  const [first] = pools;
  if (first === undefined) return [];
  const ranges = pools
    .map((pool): Cidr | undefined => readCidr(pool, 'cidr'))
    .filter((range) => range !== undefined);
  return fact('podCIDRs', ranges, placeOf(first, 'cidr'));
}
