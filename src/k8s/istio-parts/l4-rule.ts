/** TLS and TCP rules of a VirtualService (istio/api:networking/v1alpha3/virtual_service.proto). */

import type { Cidr } from '../../net/cidr.ts';
import { parseCidr } from '../../net/cidr.ts';
import type { FieldPath } from '../../source/document.ts';
import { type Fields, readMappings, readStrings, reportInvalid, reportRequired } from '../fields.ts';
import { readRoute, type WeightedDestination } from './destination.ts';
import { readStaticMatch, type StaticMatch } from './http-match.ts';

export interface L4Match extends StaticMatch {
  /** TLS only. */
  readonly sniHosts: readonly string[];
  readonly destinationSubnets: readonly Cidr[];
  readonly path: FieldPath;
}

export interface L4Rule {
  readonly match: readonly L4Match[];
  readonly route: readonly WeightedDestination[];
  readonly path: FieldPath;
}

/** An entry of `tls` or `tcp`. */
export function readL4Rule(fields: Fields, section: 'tls' | 'tcp'): readonly L4Rule[] {
  const route = readRoute(fields);
  const match = readMappings(fields, 'match').map((each) => readL4Match(each, section));
  if (section === 'tls' && match.length === 0)
    reportRequired(fields, 'match', 'TLS route must have match conditions');
  if (route.length === 0) {
    if (!('route' in fields.raw)) reportRequired(fields, 'route');
    return [];
  }
  return [{ match, route, path: fields.path }];
}

function readL4Match(fields: Fields, section: 'tls' | 'tcp'): L4Match {
  const sniHosts = section === 'tls' ? readStrings(fields, 'sniHosts') : [];
  if (section === 'tls' && sniHosts.length === 0) reportRequired(fields, 'sniHosts');
  const subnets = readStrings(fields, 'destinationSubnets').flatMap((text, index): readonly Cidr[] => {
    const cidr = parseCidr(text) ?? parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
    if (cidr === undefined)
      reportInvalid(fields, ['destinationSubnets', index], text, 'must be a CIDR or an address');
    return cidr === undefined ? [] : [cidr];
  });
  return { ...readStaticMatch(fields), sniHosts, destinationSubnets: subnets, path: fields.path };
}
