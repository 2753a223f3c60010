/**
 * Selectors of kinds that are not modelled, read only as far as to say which pods an object may touch.
 * What is written in a way that is not read here is `unknown`: it may select any pod.
 */

import { isMapping } from '../source/document.ts';
import type { LabelSelector, SelectorOperator, SelectorRequirement } from './selector.ts';

export type MaybeSelector = LabelSelector | 'unknown';

/** Selects every pod. */
export const EVERY_POD: LabelSelector = { matchLabels: new Map(), matchExpressions: [] };

const OPERATORS: readonly SelectorOperator[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** A metav1.LabelSelector as it is written; an absent one selects every pod. */
export function labelSelectorFrom(raw: unknown): MaybeSelector {
  if (raw === undefined || raw === null) return EVERY_POD;
  if (!isMapping(raw)) return 'unknown';
  const labels = Object.entries(isMapping(raw['matchLabels']) ? raw['matchLabels'] : {});
  const expressions: readonly unknown[] = Array.isArray(raw['matchExpressions'])
    ? raw['matchExpressions']
    : [];
  if (labels.some(([, value]) => isCollection(value))) return 'unknown';
  const matchExpressions = expressions.flatMap((each) => requirementFrom(each) ?? []);
  if (matchExpressions.length < expressions.length) return 'unknown';
  return { matchLabels: new Map(labels.map(([key, value]) => [key, String(value ?? '')])), matchExpressions };
}

function requirementFrom(raw: unknown): SelectorRequirement | undefined {
  if (!isMapping(raw)) return undefined;
  const key = raw['key'];
  const values: readonly unknown[] = Array.isArray(raw['values']) ? raw['values'] : [];
  const operator = OPERATORS.find((each) => each === raw['operator']);
  if (typeof key !== 'string' || operator === undefined || values.some(isCollection)) return undefined;
  return { key, operator, values: values.map(String) };
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Keys that stand for something else than a label of the pod: its namespace, service account, cluster. */
const CILIUM_PSEUDO_LABEL = /^(?:io\.kubernetes\.pod\.|io\.cilium\.k8s\.|reserved[:.])/;

/**
 * A Cilium EndpointSelector: labels with a source prefix (`k8s:app`, `any:app`).
 * Source: cilium/cilium:Documentation/security/policy/kubernetes.rst and language.rst.
 */
export function ciliumSelectorFrom(raw: unknown): MaybeSelector {
  const selector = labelSelectorFrom(raw);
  if (selector === 'unknown') return 'unknown';
  const matchLabels = new Map<string, string>();
  for (const [key, value] of selector.matchLabels) matchLabels.set(withoutSource(key), value);
  const matchExpressions = selector.matchExpressions.map((each) => ({
    ...each,
    key: withoutSource(each.key),
  }));
  const keys = [...matchLabels.keys(), ...matchExpressions.map(({ key }) => key)];
  return keys.some((key) => CILIUM_PSEUDO_LABEL.test(key)) ? 'unknown' : { matchLabels, matchExpressions };
}

function withoutSource(key: string): string {
  return key.replace(/^(?:k8s|any)[:.]/, '');
}

/** `key`, then a quoted value, the inside of a set, or nothing. */
const CALICO_TERMS: readonly { readonly form: RegExp; readonly operator: SelectorOperator }[] = [
  { form: /^([\w./-]+)\s*==\s*('[^']*'|"[^"]*")$/, operator: 'In' },
  { form: /^([\w./-]+)\s*!=\s*('[^']*'|"[^"]*")$/, operator: 'NotIn' },
  { form: /^([\w./-]+)\s+in\s*\{([^{}]*)\}$/, operator: 'In' },
  { form: /^([\w./-]+)\s+not\s+in\s*\{([^{}]*)\}$/, operator: 'NotIn' },
  { form: /^has\(\s*([\w./-]+)\s*\)$/, operator: 'Exists' },
  { form: /^!\s*has\(\s*([\w./-]+)\s*\)$/, operator: 'DoesNotExist' },
];

/**
 * A Calico selector: `app == 'web' && has(tier)`. Only conjunctions are read; keys below
 * `projectcalico.org/` are labels that Calico adds.
 * Source: projectcalico/calico:libcalico-go/lib/selector/parser/parser.go.
 */
export function calicoSelectorFrom(raw: unknown): MaybeSelector {
  if (raw === undefined || raw === null || raw === '') return EVERY_POD;
  if (typeof raw !== 'string') return 'unknown';
  const matchExpressions: SelectorRequirement[] = [];
  for (const term of raw.split('&&').map((part) => part.trim())) {
    if (term === 'all()') continue;
    const requirement = calicoTerm(term);
    if (requirement === undefined || requirement.key.startsWith('projectcalico.org/')) return 'unknown';
    matchExpressions.push(requirement);
  }
  return { matchLabels: new Map(), matchExpressions };
}

function calicoTerm(term: string): SelectorRequirement | undefined {
  for (const { form, operator } of CALICO_TERMS) {
    const match = form.exec(term);
    if (match === null) continue;
    const [, key = '', quoted = ''] = match;
    const values = [...quoted.matchAll(/'([^']*)'|"([^"]*)"/g)].map(
      ([, single, double]) => single ?? double ?? '',
    );
    return { key, operator, values };
  }
  return undefined;
}
