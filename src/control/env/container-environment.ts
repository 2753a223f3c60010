/**
 * The environment that the kubelet gives a container: envFrom, then env, and behind both what it tells of
 * Services. Source: kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go makeEnvironmentVariables.
 */

import type { Cluster, ClusterService, Pod } from '../../cluster/cluster.ts';
import { type ConfigData, type DataRef, readConfigData } from '../../k8s/config-data.ts';
import type { ContainerEnv, EnvEntry, EnvFromEntry, EnvSource } from '../../k8s/container-env.ts';
import type { Container } from '../../k8s/kinds/pod-spec.ts';
import type { FieldPath } from '../../source/document.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { fieldValue, resourceValue } from './downward.ts';
import { composed, type EnvValue, known, unknown } from './env-value.ts';
import { expandReferences } from './expand.ts';
import { serviceVariables, visibleServices } from './service-variables.ts';

export interface Variable {
  readonly name: string;
  readonly value: EnvValue;
  readonly from: 'env' | 'env-from' | 'service' | 'link';
  /** That it tells of. */
  readonly service?: ClusterService;
  /** Where the name or the value stands; undefined for what no manifest has. */
  readonly at?: SourceRef;
  /** The variable of the same name that counts instead. */
  readonly overriddenBy?: Variable;
}

/** What the kubelet would stumble over, or leave as it is written. */
export type EnvProblem =
  | {
      readonly kind: 'missing-object' | 'missing-key';
      readonly ref: DataRef;
      readonly key?: string;
      readonly at?: SourceRef;
    }
  /** A key that is no name of a variable: releases before 1.32 leave it out. */
  | { readonly kind: 'skipped-key'; readonly ref: DataRef; readonly key: string; readonly at?: SourceRef }
  | {
      readonly kind: 'unresolved';
      readonly variable: string;
      readonly reference: string;
      /** `later`: an entry behind this one has the name; `itself`: this very one. */
      readonly why: 'later' | 'itself' | 'unknown';
      readonly at?: SourceRef;
    };

export interface ContainerEnvironment {
  /** The container's own in the order of effect, then those of Services. */
  readonly variables: readonly Variable[];
  readonly problems: readonly EnvProblem[];
  /** The variable that counts for a name. */
  lookup(name: string): Variable | undefined;
}

export interface EnvironmentOf {
  readonly cluster: Cluster;
  readonly pod: Pod;
  readonly container: Container;
  readonly env: ContainerEnv;
  /** spec.enableServiceLinks. */
  readonly enableServiceLinks: boolean;
}

/** Since 1.32 names of variables may be any printable text (KEP-4369). */
const RELAXED_SINCE = 32;
const STRICT_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** The environment of a container at its next start. */
export function containerEnvironment(asked: EnvironmentOf): ContainerEnvironment {
  const services = serviceEntries(asked);
  const making: Making = {
    asked,
    own: [],
    current: new Map(),
    services: new Map(services.map((variable) => [variable.name, variable])),
    data: new Map(),
    problems: [],
  };
  for (const entry of asked.env.envFrom) addFrom(making, entry);
  for (const [index, entry] of asked.env.env.entries()) addEntry(making, entry, index);
  const { current, own, problems } = making;
  const winner = (variable: Variable): Variable => {
    const last = current.get(variable.name);
    return last === undefined || last === variable ? variable : { ...variable, overriddenBy: last };
  };
  return {
    variables: [...own, ...services].map(winner),
    problems,
    lookup: (name) => current.get(name) ?? making.services.get(name),
  };
}

/** The state of one composition. */
interface Making {
  readonly asked: EnvironmentOf;
  readonly own: Variable[];
  /** The container's own, by name: the last one counts. */
  readonly current: Map<string, Variable>;
  readonly services: ReadonlyMap<string, Variable>;
  readonly data: Map<string, ConfigData | undefined>;
  readonly problems: EnvProblem[];
}

function serviceEntries({ cluster, pod, enableServiceLinks }: EnvironmentOf): readonly Variable[] {
  const { namespace } = pod;
  return visibleServices(cluster.services, { namespace, enableServiceLinks })
    .flatMap(serviceVariables)
    .map(({ name, value, service, path, sort }) => ({
      name,
      value: known(value),
      from: sort,
      service,
      ...(service.origin === undefined ? {} : { at: refTo(service.origin, ...path) }),
    }));
}

function add(making: Making, variable: Variable): void {
  making.own.push(variable);
  making.current.set(variable.name, variable);
}

function addFrom(making: Making, entry: EnvFromEntry): void {
  const { kind, name, prefix, optional } = entry;
  const ref: DataRef = { kind, namespace: making.asked.pod.namespace, name };
  const data = dataOf(making, ref);
  if (data === undefined) {
    if (!optional) making.problems.push({ kind: 'missing-object', ref, ...at(making, entry.path) });
    return;
  }
  for (const [key, { text, at: place }] of data) {
    const variable = prefix + key;
    if (!isRelaxed(making) && !STRICT_NAME.test(variable)) {
      making.problems.push({ kind: 'skipped-key', ref, key, at: place });
      continue;
    }
    add(making, { name: variable, value: dataValue(kind, text), from: 'env-from', at: place });
  }
}

function isRelaxed({ asked }: Making): boolean {
  return Number(asked.cluster.profile.kubernetes.split('.')[1]) >= RELAXED_SINCE;
}

function addEntry(making: Making, entry: EnvEntry, index: number): void {
  const value = entry.value === '' ? sourceValue(making, entry) : expanded(making, entry, index);
  if (value === undefined) return;
  add(making, { name: entry.name, value, from: 'env', ...at(making, entry.path) });
}

/** References see what stands before them, envFrom and Services. */
function expanded(making: Making, entry: EnvEntry, index: number): EnvValue {
  const { current, services } = making;
  const used: EnvValue[] = [];
  const { text, references } = expandReferences(entry.value, (name) => {
    const value = (current.get(name) ?? services.get(name))?.value;
    if (value === undefined) return undefined;
    used.push(value);
    return value.kind === 'unknown' ? '' : value.text;
  });
  for (const { name } of references.filter(({ isKnown }) => !isKnown)) {
    making.problems.push({
      kind: 'unresolved',
      variable: entry.name,
      reference: name,
      why: whyUnresolved(making, name, index),
      ...at(making, [...entry.path, 'value']),
    });
  }
  return composed(text, used);
}

function whyUnresolved({ asked }: Making, name: string, index: number): 'later' | 'itself' | 'unknown' {
  const found = asked.env.env.findIndex((entry, position) => position >= index && entry.name === name);
  if (found < 0) return 'unknown';
  return found === index ? 'itself' : 'later';
}

/** undefined: the variable is not set (an optional source is missing). */
function sourceValue(making: Making, entry: EnvEntry): EnvValue | undefined {
  const { cluster, pod, container } = making.asked;
  const { source } = entry;
  if (source === undefined) return known('');
  switch (source.kind) {
    case 'field':
      return fieldValue(cluster, pod, source.fieldPath);
    case 'resource':
      return resourceValue(pod, container, source);
    case 'other':
      return unknown(`${source.what} is not modelled`);
    case 'ConfigMap':
    case 'Secret':
      return keyValue(making, entry, source);
  }
}

function keyValue(
  making: Making,
  entry: EnvEntry,
  { kind, name, key, optional }: Extract<EnvSource, { kind: 'ConfigMap' | 'Secret' }>,
): EnvValue | undefined {
  const ref: DataRef = { kind, namespace: making.asked.pod.namespace, name };
  const data = dataOf(making, ref);
  const found = data?.get(key);
  if (found !== undefined) return dataValue(kind, found.text);
  if (optional) return undefined;
  const problem = data === undefined ? 'missing-object' : 'missing-key';
  making.problems.push({ kind: problem, ref, key, ...at(making, entry.path) });
  return unknown(
    data === undefined ? `${kind} ${name} is not in the input` : `${kind} ${name} has no key ${key}`,
  );
}

function dataOf({ asked, data }: Making, ref: DataRef): ConfigData | undefined {
  const key = `${ref.kind}/${ref.name}`;
  if (!data.has(key)) data.set(key, readConfigData(asked.cluster.objects, ref));
  return data.get(key);
}

function dataValue(kind: DataRef['kind'], text: string): EnvValue {
  return kind === 'Secret' ? { kind: 'secret', text } : known(text);
}

function at({ asked }: Making, path: FieldPath): { readonly at?: SourceRef } {
  const { origin } = asked.pod;
  return origin === undefined ? {} : { at: refTo(origin, ...path) };
}
