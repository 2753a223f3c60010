/** What a rule may look at: the snapshot, and indexes that all rules share. */

import { onceEach, onceFor } from '../collections/once.ts';
import type { ObjectOfKind } from '../k8s/kinds.ts';
import type { Labels } from '../k8s/object.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { type Gates, gatesOf } from './gates.ts';
import { type PodGroups, podGroups } from './pod-groups.ts';
import type { AssumedService, CheckSettings } from './settings.ts';
import type { Subject } from './subject.ts';

export interface CheckInput {
  readonly snapshot: Snapshot;
  readonly groups: PodGroups;
  readonly gates: Gates;
  /** A Service of the input. */
  service(namespace: string, name: string): ObjectOfKind<'Service'> | undefined;
  /** Is there such a Service: written, made by every cluster, or named by `assume`? */
  hasService(namespace: string, name: string): boolean;
  /** The Services of a namespace that `assume` names. */
  assumedService(namespace: string, name: string): AssumedService | undefined;
  /** Labels of the namespaces that `assume` names, by name. */
  readonly assumedNamespaces: ReadonlyMap<string, Labels>;
  /**
   * Does the object name no namespace, nor anybody else for it? Then kubectl's -n decides, and it may be any that
   * other objects name.
   */
  isUnplaced(subject: Subject): boolean;
  /** Keys of labels that the rule shall not look at. */
  ignoredLabels(rule: string): ReadonlySet<string>;
}

/** The input of all rules. */
export function checkInput(snapshot: Snapshot, settings: CheckSettings): CheckInput {
  const { cluster, objects } = snapshot;
  const groups = podGroups(cluster);
  const { assume, rules } = settings;
  const isWhole = assume.isWhole || snapshot.profile.input === 'stored';
  const services = new Map(
    objects
      .ofKind('Service')
      .map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
  const built = new Set<string>(cluster.services.map(({ key }) => key));
  const assumed = new Map(assume.services.map((each) => [`${each.namespace}/${each.name}`, each]));
  const isComplete = (namespace: string) => isWhole || assume.complete.has(namespace);
  return {
    snapshot,
    groups,
    gates: gatesOf({ objects, groups, namespace: snapshot.profile.namespace, isComplete }),
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    hasService: (namespace, name) => built.has(`${namespace}/${name}`) || assumed.has(`${namespace}/${name}`),
    assumedService: (namespace, name) => assumed.get(`${namespace}/${name}`),
    assumedNamespaces: assume.namespaces,
    isUnplaced: ({ origin }) =>
      origin !== undefined &&
      !snapshot.profile.given.has('namespace') &&
      valueAt(refTo(origin, 'metadata', 'namespace')) === undefined,
    ignoredLabels: onceEach((rule: string) => new Set(rules.get(rule)?.ignoreLabels ?? [])),
  };
}

/** Something that is known of an input. */
export type OfInput<Value> = (input: CheckInput) => Value;

/** A value that several rules need of an input, computed when the first of them asks. */
export function perInput<Value>(compute: OfInput<Value>): OfInput<Value> {
  return onceFor(compute);
}
