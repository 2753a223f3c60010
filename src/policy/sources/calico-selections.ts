/**
 * Calico's selectors as sets of pods. To Calico a pod has labels of its own, those of its namespace behind `pcns.`, and some
 * of `projectcalico.org/` (projectcalico/calico:libcalico-go/lib/backend/k8s/conversion).
 */

import { type Alternatives, bothHold, CALICO_NAMESPACE, noneHolds } from '../../k8s/calico-selector.ts';
import type { PlacedExpression } from '../../k8s/policy-parts/calico-rules.ts';
import { requirementHolds, type SelectorRequirement } from '../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { ACCOUNT_LABEL, type PodSet, type Selection } from '../policy.ts';

const NAMESPACE_PREFIX = 'pcns.';
const ACCOUNT_PREFIX = 'pcsa.';
/** What namespaces and service accounts are called, as a label of theirs. */
const NAME = 'projectcalico.org/name';
const ORCHESTRATOR = new Map([['projectcalico.org/orchestrator', 'k8s']]);
/** Set on every namespace by the API server. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** The selectors of one end, or of a policy; all that are there must hold. */
export interface CalicoSelectors {
  readonly selector?: PlacedExpression;
  readonly notSelector?: PlacedExpression;
  readonly namespaceSelector?: PlacedExpression;
  readonly serviceAccountSelector?: PlacedExpression;
  readonly serviceAccounts?: { readonly names: readonly string[] };
}

/** Where selectors look that name no namespaces; undefined: everywhere. */
export interface SelectorOwner {
  readonly origin: SourceRef;
  readonly namespace?: string;
}

/** One alternative: what it asks of labels of each sort. */
export interface Asked {
  readonly pods: readonly SelectorRequirement[];
  readonly namespaces: readonly SelectorRequirement[];
  readonly accounts: readonly SelectorRequirement[];
  /** Does it want something of no namespace: a GlobalNetworkSet, a host? */
  readonly global: boolean;
}

/**
 * What the selectors ask, as alternatives that may overlap.
 * @returns the part that is not modelled as a text.
 */
export function askedBy(selectors: CalicoSelectors): readonly Asked[] | string {
  const { selector, notSelector, namespaceSelector, serviceAccountSelector, serviceAccounts } = selectors;
  const accounts: Alternatives | undefined = serviceAccounts && [
    [{ key: ACCOUNT_LABEL, operator: 'In', values: serviceAccounts.names }],
  ];
  const parts: readonly (Alternatives | undefined)[] = [
    withPrefix(namespaceSelector?.alternatives, NAMESPACE_PREFIX),
    withPrefix(serviceAccountSelector?.alternatives, ACCOUNT_PREFIX),
    accounts,
    selector?.alternatives,
    notSelector?.alternatives && noneHolds(notSelector.alternatives),
  ];
  const all = parts.reduce<Alternatives | undefined>(
    (found, part) => (part === undefined ? found : found && bothHold(found, part)),
    [[]],
  );
  if (all === undefined) return 'a selector of so many alternatives';
  const asked = all.map(sortOut);
  if (asked.some((each) => each === 'unmodelled')) return 'labels of service accounts';
  return asked.flatMap((each) => (typeof each === 'string' ? [] : [each]));
}

/** In a selector of namespaces all() means every namespace, and global() none. */
function withPrefix(alternatives: Alternatives | undefined, prefix: string): Alternatives | undefined {
  return alternatives?.map((requirements) =>
    requirements.map((each) => (each.key === CALICO_NAMESPACE ? each : { ...each, key: prefix + each.key })),
  );
}

/** An alternative that nothing can be is `never`. */
function sortOut(requirements: readonly SelectorRequirement[]): Asked | 'never' | 'unmodelled' {
  const sorted = requirements.map(sortOf);
  for (const end of ['never', 'unmodelled'] as const) if (sorted.includes(end)) return end;
  const of = (sort: Sort) =>
    sorted.flatMap((each) => (typeof each === 'object' && each.sort === sort ? [each.requirement] : []));
  const asked = { pods: of('pods'), namespaces: of('namespaces'), accounts: of('accounts') };
  const global = sorted.includes('global');
  return global && asked.namespaces.length > 0 ? 'never' : { ...asked, global };
}

type Sort = 'pods' | 'namespaces' | 'accounts';
type Sorted = { readonly sort: Sort; readonly requirement: SelectorRequirement };

/** Whose label a requirement is about. */
function sortOf(requirement: SelectorRequirement): Sorted | 'always' | 'never' | 'unmodelled' | 'global' {
  const { key, operator } = requirement;
  if (ORCHESTRATOR.has(key)) return requirementHolds(requirement, ORCHESTRATOR) ? 'always' : 'never';
  if (key === CALICO_NAMESPACE && operator === 'DoesNotExist') return 'global';
  const of = (sort: Sort, own: string): Sorted => ({ sort, requirement: { ...requirement, key: own } });
  if (key === CALICO_NAMESPACE) return of('namespaces', NAMESPACE_NAME);
  if (key === NAMESPACE_PREFIX + NAME) return of('namespaces', NAMESPACE_NAME);
  if (key.startsWith(NAMESPACE_PREFIX)) return of('namespaces', key.slice(NAMESPACE_PREFIX.length));
  if (key === ACCOUNT_LABEL || key === ACCOUNT_PREFIX + NAME) return of('accounts', ACCOUNT_LABEL);
  return key.startsWith(ACCOUNT_PREFIX) ? 'unmodelled' : of('pods', key);
}

/** The pods that an alternative selects; undefined where it can be no pod. */
export function podSetOf(
  { pods, namespaces, accounts, global }: Asked,
  selectors: CalicoSelectors,
  owner: SelectorOwner,
): PodSet | undefined {
  if (global) return undefined;
  const place = (placed: PlacedExpression | undefined) =>
    placed === undefined ? owner.origin : refTo(owner.origin, ...placed.path);
  const selection = (wanted: readonly SelectorRequirement[], origin: SourceRef): Selection => ({
    selector: { matchLabels: new Map(), matchExpressions: wanted },
    origin,
    written: 'expression',
  });
  const { selector, notSelector, namespaceSelector } = selectors;
  const own = place(selector ?? notSelector ?? namespaceSelector);
  const isOwn = owner.namespace !== undefined && namespaceSelector === undefined;
  return {
    ...(isOwn && owner.namespace !== undefined ? { namespace: owner.namespace } : {}),
    ...(namespaces.length === 0
      ? {}
      : { namespaces: selection(namespaces, place(namespaceSelector ?? selector)) }),
    ...(pods.length === 0 ? {} : { pods: selection(pods, own) }),
    ...(accounts.length === 0 ? {} : { accounts: selection(accounts, own) }),
  };
}
