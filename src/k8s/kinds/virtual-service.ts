/**
 * VirtualService of Istio: rules for requests to its hosts, as the proxies of clients run them.
 * Source: istio/api:networking/v1alpha3/virtual_service.proto,
 * istio/istio:pkg/config/validation/virtualservice.go.
 */

import {
  type Fields,
  readMappings,
  readSection,
  readStrings,
  reportInvalid,
  reportRequired,
} from '../fields.ts';
import { type HttpRule, readHttpRule } from '../istio-parts/http-rule.ts';
import { type L4Rule, readL4Rule } from '../istio-parts/l4-rule.ts';
import { readExportTo } from '../istio-parts/selector.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface VirtualServiceBody {
  /** As written; empty: rules that other VirtualServices delegate to. */
  readonly hosts: readonly string[];
  /** As written; empty: `mesh`, the sidecars. */
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  readonly http: readonly HttpRule[];
  readonly tls: readonly L4Rule[];
  readonly tcp: readonly L4Rule[];
  /** A webhook of Istio refuses the object as a whole: no proxy gets it. */
  readonly refused: boolean;
}

export type VirtualServiceObject = K8sObject<'VirtualService', VirtualServiceBody>;

export const virtualServiceReader: KindReader<'VirtualService', VirtualServiceBody> = {
  kind: 'VirtualService',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const body = {
      hosts: readStrings(spec, 'hosts'),
      gateways: readStrings(spec, 'gateways'),
      exportTo: readExportTo(spec),
      http: readMappings(spec, 'http').flatMap(readHttpRule),
      tls: readMappings(spec, 'tls').flatMap((rule) => readL4Rule(rule, 'tls')),
      tcp: readMappings(spec, 'tcp').flatMap((rule) => readL4Rule(rule, 'tcp')),
    };
    return { ...body, refused: reportRefusals(spec, body) };
  },
};

/** What makes the webhook refuse the object, apart from single rules. @returns is there anything? */
function reportRefusals(spec: Fields, body: Omit<VirtualServiceBody, 'refused'>): boolean {
  const problems = [hostProblem(spec, body), ruleProblem(spec, body)];
  return problems.includes('refused');
}

type Verdict = 'fine' | 'refused';

function hostProblem(spec: Fields, { hosts, gateways, http }: Omit<VirtualServiceBody, 'refused'>): Verdict {
  const isMesh = gateways.length === 0 || gateways.includes('mesh');
  if (hosts.length === 0) {
    const delegating = http.find(({ delegate }) => delegate !== undefined);
    if (gateways.length > 0) {
      reportInvalid(spec, ['gateways'], gateways, 'delegate virtual service must have no gateways specified');
      return 'refused';
    }
    if (delegating === undefined) return 'fine';
    reportInvalid(spec, ['http'], {}, 'delegate virtual service cannot delegate itself');
    return 'refused';
  }
  const starAt = hosts.indexOf('*');
  if (isMesh && starAt >= 0) {
    reportInvalid(
      spec,
      ['hosts', starAt],
      '*',
      'wildcard host * is not allowed for virtual services bound to the mesh gateway',
    );
    return 'refused';
  }
  const doubleAt = hosts.findIndex((host, index) => hosts.indexOf(host) < index);
  if (doubleAt < 0) return 'fine';
  reportInvalid(spec, ['hosts', doubleAt], hosts[doubleAt], 'duplicate hosts in virtual service');
  return 'refused';
}

function ruleProblem(spec: Fields, { http, tls, tcp }: Omit<VirtualServiceBody, 'refused'>): Verdict {
  const isEmpty = ['http', 'tls', 'tcp'].every((key) => readMappings(spec, key).length === 0);
  if (isEmpty) {
    reportRequired(spec, '', 'http, tcp or tls must be provided in virtual service');
    return 'refused';
  }
  const isPartial =
    http.length < readMappings(spec, 'http').length ||
    tls.length < readMappings(spec, 'tls').length ||
    tcp.length < readMappings(spec, 'tcp').length;
  return isPartial ? 'refused' : 'fine';
}
