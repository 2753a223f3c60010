/** NetworkPolicies for the examples of rules. */

import { object } from './example-manifests.ts';

/** A NetworkPolicy of the pods `app: NAME`. @param spec more lines of `spec`. */
export function policyOf(app: string, ...spec: readonly string[]): string {
  return networkPolicy(app, `podSelector: {matchLabels: {app: ${app}}}`, ...spec);
}

/** A NetworkPolicy. @param spec the lines of `spec`. */
function networkPolicy(name: string, ...spec: readonly string[]): string {
  return object('networking.k8s.io/v1', 'NetworkPolicy', name, ['spec:', ...spec.map((line) => `  ${line}`)]);
}

/** A Namespace. @param labels in flow style. */
export function namespace(name: string, labels: string): string {
  return object('v1', 'Namespace', name, []).replace(
    `{name: ${name}}`,
    `{name: ${name}, labels: {${labels}}}`,
  );
}

interface ClusterPlace {
  readonly tier?: string;
  readonly priority?: number;
  /** What `subject` holds, in flow style. */
  readonly subject?: string;
}

/** A ClusterNetworkPolicy, by default an admin one of every pod. @param spec more lines of `spec`. */
export function clusterPolicy(name: string, place: ClusterPlace, ...spec: readonly string[]): string {
  const { tier = 'Admin', priority = 10, subject = 'namespaces: {}' } = place;
  const head = [`tier: ${tier}`, `priority: ${priority}`, `subject: {${subject}}`];
  return object('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', name, [
    'spec:',
    ...[...head, ...spec].map((line) => `  ${line}`),
  ]);
}
