/** Kinds that are nearly those of the API: written in another case, misspelled, or in the wrong group. */

import type { Help } from '../diagnostics/diagnostic.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import type { SourceRef } from '../source/ref.ts';
import { replaceScalar } from './field-edits.ts';
import { type AnyKindReader, READERS } from './kinds.ts';
import { groupOf } from './names.ts';

/** Groups whose kinds only a new Kubernetes adds to: a kind of theirs that nobody knows does not exist. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'discovery.k8s.io',
  'networking.k8s.io',
]);

/** Kinds of these groups that no reader reads (kubernetes/kubernetes:pkg/apis/{core,apps,networking}/register.go). */
const OTHER_BUILT_IN_KINDS: ReadonlySet<string> = new Set([
  ...['Binding', 'ComponentStatus', 'ConfigMap', 'Event', 'LimitRange', 'PersistentVolume'],
  ...['PersistentVolumeClaim', 'PodTemplate', 'ResourceQuota', 'Secret', 'ServiceAccount', 'Status'],
  ...['ControllerRevision', 'IPAddress', 'ServiceCIDR', 'ClusterCIDR', 'ParentReference', 'Scale'],
]);

interface Served {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * What was meant by a kind that no reader knows.
 * @returns undefined where the kind may be one of somebody else's, or one that changes nothing here.
 */
export function meantKind(apiVersion: string, kind: string): Served | undefined {
  const group = groupOf(apiVersion);
  const isBuiltIn = BUILT_IN_GROUPS.has(group);
  if (isBuiltIn && OTHER_BUILT_IN_KINDS.has(kind)) return undefined;
  const served = Object.values(READERS).map(servedAs);
  const same = served.filter((each) => each.kind.toLowerCase() === kind.toLowerCase());
  const [own = isBuiltIn ? same[0] : undefined] = same.filter((each) => groupOf(each.apiVersion) === group);
  if (own !== undefined || !isBuiltIn) return own;
  const [near] = nearest(kind, kindsOf(served, group), 1);
  return served.find((each) => each.kind === near && groupOf(each.apiVersion) === group);
}

/** How to write what was meant; a change of the text where only its group or the case of its letters is wrong. */
export function helpWith({ apiVersion, kind }: Served, written: Served, at: SourceRef): Help {
  const changes = [
    ...(groupOf(apiVersion) === groupOf(written.apiVersion)
      ? []
      : [{ key: 'apiVersion', from: written.apiVersion, to: apiVersion }]),
    ...(kind === written.kind ? [] : [{ key: 'kind', from: written.kind, to: kind }]),
  ];
  const text = `did you mean ${changes.map(({ key, to }) => `${key}: ${to}`).join(', ')}?`;
  const isSure = kind.toLowerCase() === written.kind.toLowerCase();
  const [edit, ...also] = changes.flatMap((change) => replaceScalar(at, [change.key], change) ?? []);
  const isWhole = also.length === changes.length - 1;
  if (!isSure || !isWhole || edit === undefined) return { text, applicability: 'likely' };
  return { text, applicability: 'exact', edit, ...(also.length === 0 ? {} : { also }) };
}

function servedAs({ apiVersions, writtenKind, kind }: AnyKindReader): Served {
  return { apiVersion: apiVersions[0] ?? '', kind: writtenKind ?? kind };
}

function kindsOf(served: readonly Served[], group: string): readonly string[] {
  return served.filter((each) => groupOf(each.apiVersion) === group).map(({ kind }) => kind);
}
