/**
 * PeerAuthentications for ambient workloads: istiod turns them into policies of ztunnel that deny connections without an
 * identity; ports are exceptions of the workload's own policy. What istiod leaves out is left out here, too.
 * Source: istio/istio:pilot/pkg/serviceregistry/ambient/authorization.go convertedSelectorPeerAuthentications,
 * convertPeerAuthentication, architecture/ambient/peer-authentication.md. Rules: docs/semantics/istio.md 13.7.
 */

import { onceEach } from '../../../collections/once.ts';
import type { PeerAuthenticationObject, PeerMode } from '../../../k8s/kinds/peer-authentication.ts';
import type { ObjectSet } from '../../../k8s/read.ts';
import { labelsMatch } from '../../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../../source/ref.ts';
import { oldestFirst } from '../age.ts';
import type { Workload } from '../policy-scope.ts';
import type { MeshSettings } from '../settings.ts';

/** The field that denies a connection without an identity to a port of a workload; undefined: it passes. */
export type PlaintextDenial = (workload: Workload, port: number) => SourceRef | undefined;

/** The policies that count for a workload; each the oldest of its scope. */
interface Scopes {
  readonly mesh: PeerAuthenticationObject | undefined;
  readonly namespace: PeerAuthenticationObject | undefined;
  readonly workload: PeerAuthenticationObject | undefined;
}

/** A DENY policy as ztunnel has it: any group whose tests all hold denies. */
type Groups = readonly (readonly ((port: number) => boolean)[])[];

/** No connection that is asked about has an identity: this holds for each. */
const withoutIdentity = () => true;

/** @returns the answer for each workload and port of it. */
export function plaintextDenials(objects: ObjectSet, { rootNamespace }: MeshSettings): PlaintextDenial {
  const all = oldestFirst(objects.ofKind('PeerAuthentication'));
  const isWide = ({ body }: PeerAuthenticationObject) => body.selector === undefined;
  const mesh = all.find((each) => each.metadata.namespace === rootNamespace && isWide(each));
  const inNamespace = onceEach((namespace: string) => {
    if (namespace === rootNamespace) return { wide: undefined, selecting: [] };
    const own = all.filter(({ metadata }) => metadata.namespace === namespace);
    return { wide: own.find(isWide), selecting: own.filter((each) => !isWide(each)) };
  });
  return ({ namespace, labels }, port) => {
    const { wide, selecting } = inNamespace(namespace);
    const workload = selecting.find(({ body }) => labelsMatch(body.selector ?? new Map(), labels));
    return denialAt({ mesh, namespace: wide, workload }, port);
  };
}

function denialAt(scopes: Scopes, port: number): SourceRef | undefined {
  const { workload } = scopes;
  const outer = outerStrict(scopes);
  if (workload === undefined) return outer;
  const own = modeOf(workload);
  const strict = own === 'STRICT' ? fieldOf(workload) : own === undefined ? outer : undefined;
  if (!hasExceptions(workload, strict !== undefined)) return strict;
  if (!portGroups(scopes).some((group) => group.every((test) => test(port)))) return undefined;
  const onPort = workload.body.ports.get(port);
  return onPort === undefined ? (strict ?? fieldOf(workload)) : refTo(workload.origin, ...onPort.path);
}

/** What is strict without the workload's own policy. */
function outerStrict({ mesh, namespace }: Scopes): SourceRef | undefined {
  const counting = modeOf(namespace) === undefined ? mesh : namespace;
  return counting !== undefined && modeOf(counting) === 'STRICT' ? fieldOf(counting) : undefined;
}

function modeOf(object: PeerAuthenticationObject | undefined): PeerMode | undefined {
  return object?.body.mode;
}

function fieldOf({ origin }: PeerAuthenticationObject): SourceRef {
  return refTo(origin, 'spec', 'mtls');
}

/** Does istiod refer the workload to its own policy, in the place of the static one? */
function hasExceptions({ body }: PeerAuthenticationObject, isStrict: boolean): boolean {
  const modes = [...body.ports.values()].map(({ mode }) => mode);
  const looser = modes.some((mode) => mode === 'PERMISSIVE' || mode === 'DISABLE');
  if (body.mode === 'STRICT') return looser;
  // Of an inherited STRICT only PERMISSIVE is an exception, DISABLE is not.
  if (body.mode === undefined && isStrict) return modes.includes('PERMISSIVE');
  return modes.includes('STRICT');
}

/** The workload's policy in ztunnel's form; empty where istiod makes none. */
function portGroups(scopes: Scopes): Groups {
  const { workload } = scopes;
  if (workload === undefined) return [];
  const entries = [...workload.body.ports];
  const strictPorts = entries.filter(([, { mode }]) => mode === 'STRICT' && !isCovered(scopes));
  const isLooser = (mode: PeerMode | undefined) => mode === 'PERMISSIVE' || mode === 'DISABLE';
  const looser = isLooserIdle(scopes) ? [] : entries.filter(([, { mode }]) => isLooser(mode));
  const own = modeOf(workload) === 'STRICT';
  if (own && looser.length === 0) return [];
  const exceptions = looser.map(
    ([number]) =>
      (port: number) =>
        port !== number,
  );
  const needsIdentity = own || (looser.length > 0 && isMerged(scopes));
  const rules = [...exceptions, ...(needsIdentity ? [withoutIdentity] : [])];
  return [
    ...strictPorts.map(([number]) => [withoutIdentity, (port: number) => port === number]),
    ...(rules.length === 0 ? [] : [rules]),
  ];
}

/** A STRICT port is left out where something above is strict; that of the mesh counts whatever the workload says. */
function isCovered({ mesh, namespace, workload }: Scopes): boolean {
  if (modeOf(workload) === 'STRICT') return true;
  if (modeOf(workload) === undefined && modeOf(namespace) === 'STRICT') return true;
  return modeOf(namespace) === undefined && modeOf(mesh) === 'STRICT';
}

/** A looser port says nothing beside a mode that is as loose. */
function isLooserIdle({ mesh, namespace, workload }: Scopes): boolean {
  const own = modeOf(workload);
  if (own === 'PERMISSIVE' || own === 'DISABLE') return true;
  if (own !== undefined) return false;
  return modeOf(namespace === undefined ? mesh : namespace) !== 'STRICT';
}

/** Does the strictness above become a part of the workload's policy? */
function isMerged({ mesh, namespace }: Scopes): boolean {
  const inner = modeOf(namespace);
  if (modeOf(mesh) === 'STRICT' && (inner === undefined || inner === 'STRICT')) return true;
  return inner === 'STRICT';
}
