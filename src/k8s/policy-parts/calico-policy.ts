/** What Calico's two kinds of policies have in common: projectcalico/calico:api/pkg/apis/projectcalico/v3. */

import {
  type Fields,
  readBoolean,
  readSection,
  readString,
  readStrings,
  reportInvalid,
  reportUnsupported,
} from '../fields.ts';
import {
  type CalicoRulePart,
  type PlacedExpression,
  readCalicoRules,
  readExpression,
} from './calico-rules.ts';

export interface CalicoPolicyBody {
  /** The name of its tier. */
  readonly tier: string;
  /** The lowest comes first; without one it comes last. */
  readonly order?: number;
  readonly selector?: PlacedExpression;
  readonly namespaceSelector?: PlacedExpression;
  readonly serviceAccountSelector?: PlacedExpression;
  /** As written; empty: Calico's default. */
  readonly types: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly CalicoRulePart[];
  readonly egress: readonly CalicoRulePart[];
  /** Policies before DNAT or without connection tracking are about endpoints of hosts alone. */
  readonly about: 'workloads' | 'hosts';
  /** Felix leaves out a policy with anything wrong in it (projectcalico/calico:felix/calc/validation_filter.go). */
  readonly valid: boolean;
}

/** Served by Calico's API server, and as they are stored. */
export const CALICO_STORED: readonly string[] = ['crd.projectcalico.org/v1'];
export const CALICO_API: readonly string[] = ['projectcalico.org/v3', ...CALICO_STORED];

const TYPES = ['Ingress', 'Egress'] as const;

/** The spec of a NetworkPolicy or a GlobalNetworkPolicy. */
export function readCalicoPolicy(fields: Fields): CalicoPolicyBody {
  let valid = true;
  const report: Fields['report'] = (diagnostic) => {
    valid = false;
    fields.report(diagnostic);
  };
  const spec = readSection({ ...fields, report }, 'spec');
  const order = readOrder(spec);
  const selectors = {
    selector: readExpression(spec, 'selector'),
    namespaceSelector: readExpression(spec, 'namespaceSelector'),
    serviceAccountSelector: readExpression(spec, 'serviceAccountSelector'),
  };
  const isAboutHosts = readBoolean(spec, 'preDNAT') === true || readBoolean(spec, 'doNotTrack') === true;
  const tier = readString(spec, 'tier');
  const body = {
    tier: tier === undefined || tier === '' ? 'default' : tier,
    ...(order === undefined ? {} : { order }),
    ...withoutAbsent(selectors),
    types: readStrings(spec, 'types').flatMap((word, index) => {
      const type = TYPES.find((each) => each === word);
      if (type === undefined) reportUnsupported(spec, ['types', index], word, TYPES);
      return type ?? [];
    }),
    ingress: readCalicoRules(spec, 'ingress'),
    egress: readCalicoRules(spec, 'egress'),
    about: isAboutHosts ? ('hosts' as const) : ('workloads' as const),
  };
  return { ...body, valid };
}

function withoutAbsent(
  selectors: Readonly<Record<string, PlacedExpression | undefined>>,
): Pick<CalicoPolicyBody, 'selector' | 'namespaceSelector' | 'serviceAccountSelector'> {
  return Object.fromEntries(Object.entries(selectors).filter(([, value]) => value !== undefined));
}

/** `spec.order`, any number; undefined where none is written. */
export function readOrder(spec: Fields): number | undefined {
  const { order } = spec.raw as { readonly order?: unknown };
  if (order === undefined || order === null) return undefined;
  if (typeof order === 'number') return order;
  reportInvalid(spec, ['order'], order, 'must be a number');
  return undefined;
}
