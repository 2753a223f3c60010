/**
 * flannel's configuration: `net-conf.json` of ConfigMap kube-flannel-cfg, whose networks are the pod ranges.
 * Source: flannel-io/flannel:Documentation/configuration.md.
 */

import { type Fields, readBoolean, readCidr } from '../../k8s/fields.ts';
import type { Cidr } from '../../net/cidr.ts';
import { configFields, configMapsNamed, type Fact, type FactReader, fact, placeOf } from './fact.ts';

export const flannelFacts: FactReader = (objects, report) =>
  configMapsNamed(objects, 'kube-flannel-cfg')
    .flatMap((object) => configFields(object, 'net-conf.json', report))
    .flatMap(factsIn);

function factsIn(fields: Fields): readonly Fact[] {
  const ranges: readonly (Cidr | undefined)[] = [
    (readBoolean(fields, 'EnableIPv4') ?? true) ? readCidr(fields, 'Network') : undefined,
    readBoolean(fields, 'EnableIPv6') === true ? readCidr(fields, 'IPv6Network') : undefined,
  ];
  const known = ranges.filter((range) => range !== undefined);
  return fact('podCIDRs', known, placeOf(fields, 'Network'));
}
