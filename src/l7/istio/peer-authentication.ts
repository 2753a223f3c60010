/**
 * Which TLS a workload asks of its clients: its own policy before the namespace's before the mesh's; a port of the
 * workload can have its own. Source: istio/istio:pilot/pkg/security/authn/policy_applier.go ComposePeerAuthentication.
 * Rules: docs/semantics/istio.md 11.1, 11.2.
 */

import { onceEach } from '../../collections/once.ts';
import type { PeerAuthenticationObject, PeerMode } from '../../k8s/kinds/peer-authentication.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { oldestFirst } from './age.ts';
import type { Workload } from './policy-scope.ts';
import type { MeshSettings } from './settings.ts';

/** What counts for a workload on a port. */
export interface PeerPolicy {
  readonly mode: PeerMode;
  /** Where it is written; undefined: nowhere, it is Istio's default. */
  readonly at?: SourceRef;
}

export type PeerPolicies = (workload: Workload, port: number) => PeerPolicy;

const DEFAULT: PeerPolicy = { mode: 'PERMISSIVE' };

/** @returns the policy of each workload and port of it. */
export function peerPolicies(objects: ObjectSet, { rootNamespace }: MeshSettings): PeerPolicies {
  const all = oldestFirst(objects.ofKind('PeerAuthentication'));
  const isWide = ({ body }: PeerAuthenticationObject) => body.selector === undefined;
  const ofMesh = all.find((each) => each.metadata.namespace === rootNamespace && isWide(each));
  const ofNamespace = onceEach((namespace: string) => {
    const own = all.filter(({ metadata }) => metadata.namespace === namespace);
    return {
      wide: own.find(isWide),
      // A selector in the root namespace selects nothing.
      selecting: namespace === rootNamespace ? [] : own.filter((each) => !isWide(each)),
    };
  });
  return ({ namespace, labels }, port) => {
    const { wide, selecting } = ofNamespace(namespace);
    const own = selecting.find(({ body }) => labelsMatch(body.selector ?? new Map(), labels));
    const outer = policyOf(own, policyOf(wide, policyOf(ofMesh, DEFAULT)));
    const onPort = own?.body.ports.get(port);
    if (own === undefined || onPort?.mode === undefined) return outer;
    return { mode: onPort.mode, at: refTo(own.origin, ...onPort.path) };
  };
}

/** What is not set is inherited. */
function policyOf(object: PeerAuthenticationObject | undefined, inherited: PeerPolicy): PeerPolicy {
  if (object?.body.mode === undefined) return inherited;
  return { mode: object.body.mode, at: refTo(object.origin, 'spec', 'mtls') };
}
