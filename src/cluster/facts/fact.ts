/** Facts: what the input's own objects say of the cluster, under the profile's keys, each with its place. */

import type { Report } from '../../diagnostics/diagnostic.ts';
import type { Fields } from '../../k8s/fields.ts';
import { groupOf, objectLabel } from '../../k8s/names.ts';
import type { OtherObject } from '../../k8s/object.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import { isMapping, type ManifestDocument } from '../../source/document.ts';
import { readNested } from '../../source/nested.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import type { DetectLocalMode, NodePortRanges, ProxyMode, Scheduler } from '../profile.ts';

/** The profile's keys that objects can give, with the type of their value. */
export interface FactValues {
  readonly kubernetes: string;
  readonly clusterDomain: string;
  readonly podCIDRs: readonly Cidr[];
  readonly serviceCIDRs: readonly Cidr[];
  readonly 'dns.clusterIPs': readonly Ip[];
  readonly 'dns.nodeLocal': boolean;
  readonly 'dns.nodeLocalAddresses': readonly Ip[];
  readonly 'proxy.mode': ProxyMode;
  readonly 'proxy.clusterCIDR': readonly Cidr[];
  readonly 'proxy.detectLocal': DetectLocalMode;
  readonly 'proxy.bridgeInterface': string;
  readonly 'proxy.interfaceNamePrefix': string;
  readonly 'proxy.masqueradeAll': boolean;
  readonly 'proxy.masqueradeBit': number;
  readonly 'proxy.nodePortAddresses': NodePortRanges;
  readonly 'proxy.scheduler': Scheduler;
  readonly 'proxy.localhostNodePorts': boolean;
  readonly 'ingressController.ingressClass': string;
  readonly 'ingressController.controllerClass': string;
  readonly 'ingressController.ingressClassByName': boolean;
  readonly 'ingressController.watchIngressWithoutClass': boolean;
  readonly 'ingressController.disableCatchAll': boolean;
  readonly 'ingressController.useForwardedHeaders': boolean;
}

export type FactKey = keyof FactValues;

export type Fact = {
  [Key in FactKey]: { readonly key: Key; readonly value: FactValues[Key]; readonly at: SourceRef };
}[FactKey];

/** Finds the facts that objects of one sort show. */
export type FactReader = (objects: ObjectSet, report: Report) => readonly Fact[];

/** A fact, or none where the value is not there (or was reported as wrong). */
export function fact<Key extends FactKey>(
  key: Key,
  value: FactValues[Key] | undefined,
  at: SourceRef,
): readonly Fact[] {
  const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
  return isEmpty ? [] : [{ key, value, at } as Fact];
}

/** The place of a field. */
export function placeOf({ origin, path }: Fields, ...below: readonly string[]): SourceRef {
  return refTo(origin, ...path, ...below);
}

/**
 * ConfigMaps by name. One whose text does not have the name is not parsed: there may be large ones.
 * @param prefix how the name begins.
 */
export function configMapsNamed(objects: ObjectSet, prefix: string): readonly OtherObject[] {
  return objects
    .otherOfKind('ConfigMap')
    .filter((object) => mayMention(object.origin, prefix) && object.name.startsWith(prefix));
}

/** The same, in kube-system. */
function systemConfigMaps(objects: ObjectSet, prefix: string): readonly OtherObject[] {
  return configMapsNamed(objects, prefix).filter(({ namespace }) => namespace === 'kube-system');
}

/** An item of a list is parsed already. */
function mayMention({ document, path }: SourceRef, word: string): boolean {
  const { start, end } = document.span;
  return path.length > 0 || document.file.text.slice(start, end).includes(word);
}

/** Where a component's configuration is found. */
export interface ConfigurationSource {
  /** ConfigMaps of kube-system whose name begins so, and the key of their `data` that holds it. */
  readonly configMap: string;
  readonly key: string;
  /** The document that it is by itself. */
  readonly kind: string;
  readonly group: string;
}

/** A component's configuration, from ConfigMaps first, then from documents of its own. */
export function configurations(
  objects: ObjectSet,
  { configMap, key, kind, group }: ConfigurationSource,
  report: Report,
): readonly Fields[] {
  const plain = objects.otherOfKind(kind).filter(({ apiVersion }) => groupOf(apiVersion) === group);
  return [
    ...systemConfigMaps(objects, configMap).flatMap((object) => configFields(object, key, report)),
    ...plain.flatMap((object) => objectFields(object, report)),
  ];
}

/** The first document of a text in a ConfigMap's `data`, as fields. */
export function configFields(configMap: OtherObject, key: string, report: Report): readonly Fields[] {
  const data = isMapping(configMap.raw) ? configMap.raw['data'] : undefined;
  const text = isMapping(data) ? data[key] : undefined;
  if (typeof text !== 'string') return [];
  const [document] = readNested(refTo(configMap.origin, 'data', key), text, report);
  return document === undefined ? [] : documentFields(document, labelOf(configMap), report);
}

/** A configuration object that is a document of the input itself. */
export function objectFields(object: OtherObject, report: Report): readonly Fields[] {
  const { raw, origin } = object;
  return isMapping(raw) ? [{ raw, origin, object: labelOf(object), path: [], report }] : [];
}

function documentFields(document: ManifestDocument, object: string, report: Report): readonly Fields[] {
  const { value } = document;
  return isMapping(value) ? [{ raw: value, origin: { document, path: [] }, object, path: [], report }] : [];
}

function labelOf({ kind, namespace, name }: OtherObject): string {
  return objectLabel(kind, kind === 'ConfigMap' ? namespace : '', name);
}
