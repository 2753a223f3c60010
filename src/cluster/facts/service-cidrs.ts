/** ServiceCIDR objects (networking.k8s.io, KEP-1880): the ranges of cluster addresses. */

import { compareText } from '../../collections/order.ts';
import { readCidrs, readSection } from '../../k8s/fields.ts';
import { groupOf } from '../../k8s/names.ts';
import { type FactReader, fact, objectFields, placeOf } from './fact.ts';

/** The one that the API server makes of its --service-cluster-ip-range flag. */
const DEFAULT_NAME = 'kubernetes';

/** The default one's ranges first, then the others by name. */
export const serviceCidrFacts: FactReader = (objects, report) => {
  const found = objects
    .otherOfKind('ServiceCIDR')
    .filter(({ apiVersion }) => groupOf(apiVersion) === 'networking.k8s.io')
    .sort((a, b) => rank(a.name) - rank(b.name) || compareText(a.name, b.name));
  const specs = found.flatMap((object) => objectFields(object, report)).map((f) => readSection(f, 'spec'));
  const [first] = specs;
  if (first === undefined) return [];
  const ranges = specs.flatMap((spec) => readCidrs(spec, 'cidrs'));
  return fact('serviceCIDRs', ranges, placeOf(first, 'cidrs'));
};

function rank(name: string): number {
  return name === DEFAULT_NAME ? 0 : 1;
}
