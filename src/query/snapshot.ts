/**
 * The snapshot: the understood manifest set. Its stages are computed when first asked for, so that a
 * question pays only for what it needs.
 */

import { buildCluster } from '../cluster/build.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterProfile } from '../cluster/profile.ts';
import { type ProfileInput, readProfile } from '../cluster/read-profile.ts';
import { once } from '../collections/once.ts';
import { buildControlPlane, type ControlPlane } from '../control/control-plane.ts';
import { clusterDns } from '../control/dns/cluster-dns.ts';
import type { DnsServer } from '../control/dns/server.ts';
import { buildDataplane, type Dataplane } from '../dataplane/build.ts';
import { chooseCni } from '../dataplane/cnis.ts';
import type { Diagnostic, Report } from '../diagnostics/diagnostic.ts';
import { type ObjectSet, readObjects } from '../k8s/read.ts';
import { ingressDoors } from '../l7/ingress-doors.ts';
import { compilePolicies } from '../policy/compile.ts';
import { API_OF_KIND, type CompiledPolicy, type PolicyApi } from '../policy/policy.ts';
import { indexPolicies, type PolicyIndex, type PolicySettings } from '../policy/policy-index.ts';
import { reportPolicyProblems } from '../policy/problems.ts';
import type { SourceFile } from '../source/file.ts';
import { readDocuments } from '../source/yaml.ts';

export interface SnapshotInput {
  readonly files: readonly SourceFile[];
  readonly profile: ProfileInput;
}

export interface Snapshot {
  readonly files: readonly SourceFile[];
  /** With the facts that the manifests show. */
  readonly profile: ClusterProfile;
  readonly objects: ObjectSet;
  readonly cluster: Cluster;
  readonly control: ControlPlane;
  /** What answers the cluster's names. */
  readonly dns: DnsServer;
  readonly dataplane: Dataplane;
  /** What the policies say, whether or not the CNI enforces them (`dataplane.cni.facets.policy`). */
  readonly policies: PolicyIndex;
  /** Policies of APIs of CNIs that this one does not know. */
  readonly foreignPolicies: PolicyIndex;
  /** Everything reported so far; reading a stage can add to it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads manifests and profile. Bad input is reported in `diagnostics`; nothing is thrown for it. */
export function loadSnapshot(input: SnapshotInput): Snapshot {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const asked = readProfile(input.profile, report);
  const objects = once(() => {
    const documents = input.files.flatMap((file) => readDocuments(file, report));
    return readObjects(
      documents,
      { namespace: asked.namespace, defaults: asked.input === 'authored' },
      report,
    );
  });
  const cluster = once(() => buildCluster(objects(), asked, report));
  return snapshotOf({ files: input.files, diagnostics }, { objects, cluster, report });
}

/**
 * The snapshot of another cluster made of the same input: one with more in it than the manifests show. What is
 * wrong with the input has been reported by the first one.
 */
export function withCluster({ files, diagnostics }: Snapshot, cluster: Cluster): Snapshot {
  const known = { objects: () => cluster.objects, cluster: () => cluster, report: () => {} };
  return snapshotOf({ files, diagnostics }, known);
}

interface Understood {
  readonly objects: () => ObjectSet;
  readonly cluster: () => Cluster;
  readonly report: Report;
}

function snapshotOf(
  { files, diagnostics }: Pick<Snapshot, 'files' | 'diagnostics'>,
  { objects, cluster, report }: Understood,
): Snapshot {
  const control = once(() => buildControlPlane(cluster(), report));
  const dns = once(() => clusterDns(control(), report, ingressDoors(control())));
  const dataplane = once(() => buildDataplane(cluster(), control(), { index: policies, mode: 'enforced' }));
  const compiled = once(() => {
    const { policy } = chooseCni(cluster()).facets;
    const apis: readonly PolicyApi[] = ['kubernetes', ...((policy.enforces && policy.apis) || [])];
    const all = compilePolicies(objects());
    const known = all.filter(({ kind }) => apis.includes(API_OF_KIND[kind]));
    reportPolicyProblems(known, cluster(), report);
    return { known, foreign: all.filter(({ kind }) => !apis.includes(API_OF_KIND[kind])) };
  });
  const index = (of: readonly CompiledPolicy[]) => indexPolicies(of, cluster(), policySettings(cluster()));
  const policies: () => PolicyIndex = once(() => index(compiled().known));
  const foreignPolicies = once(() => index(compiled().foreign));
  return {
    files,
    diagnostics,
    get profile() {
      return cluster().profile;
    },
    get objects() {
      return objects();
    },
    get cluster() {
      return cluster();
    },
    get control() {
      return control();
    },
    get dns() {
      return dns();
    },
    get dataplane() {
      return dataplane();
    },
    get policies() {
      return policies();
    },
    get foreignPolicies() {
      return foreignPolicies();
    },
  };
}

/** What the profile says of address blocks; else an engine that goes by identities compares no pod or node with them. */
function policySettings(cluster: Cluster): PolicySettings {
  const { policy } = chooseCni(cluster).facets;
  const seesAddresses = !policy.enforces || policy.view === 'addresses';
  return { blocksMatch: { pods: seesAddresses, nodes: seesAddresses, ...cluster.profile.cni.ipBlock } };
}
