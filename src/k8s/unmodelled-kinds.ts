/** The kinds that can change an answer and are not modelled. A kind that gets a model leaves this list. */

import { isMapping } from '../source/document.ts';
import { EVERY_POD, labelSelectorFrom, type MaybeSelector } from './foreign-selectors.ts';

/**
 * What an object can change: which packets pass, how they leave the cluster, where a Service leads, or what
 * the proxies of a service mesh do (which only matters where pods have such proxies).
 */
export type Concern = 'policy' | 'egress' | 'services' | 'mesh';

export interface UnmodelledKind {
  readonly kind: string;
  readonly groups: readonly string[];
  /** Whose pods it may touch: those of its own namespace, or all. */
  readonly scope: 'namespace' | 'cluster';
  /** Is the object itself in a namespace? Default: if its scope is one. */
  readonly namespaced?: boolean;
  readonly concern: Concern;
  /** The pods in its scope that it may touch. */
  selector(spec: Spec): MaybeSelector;
}

type Spec = Readonly<Record<string, unknown>>;

const CALICO = ['projectcalico.org', 'crd.projectcalico.org'];
const ANTREA = ['crd.antrea.io', 'security.antrea.tanzu.vmware.com'];
const ISTIO = ['networking.istio.io'];
const LINKERD = ['policy.linkerd.io'];
const OVN = ['k8s.ovn.org'];

const anyPod = (): MaybeSelector => 'unknown';
const everyPod = (): MaybeSelector => EVERY_POD;
const podSelector = (spec: Spec): MaybeSelector => labelSelectorFrom(spec['podSelector']);

/** policy.networking.k8s.io: `subject.namespaces`, or `subject.pods.podSelector`. */
const policySubject = (spec: Spec): MaybeSelector => {
  const pods = isMapping(spec['subject']) ? spec['subject']['pods'] : undefined;
  return isMapping(pods) ? labelSelectorFrom(pods['podSelector']) : EVERY_POD;
};

/** A list of selectors of which each counts: read if it is one. */
const onlyOf = (list: unknown): MaybeSelector => {
  const [first, ...more] = Array.isArray(list) ? list : [list];
  return isMapping(first) && more.length === 0 && isMapping(first['podSelector'])
    ? labelSelectorFrom(first['podSelector'])
    : 'unknown';
};
const appliedTo = (spec: Spec): MaybeSelector => onlyOf(spec['appliedTo']);

/** Istio: `selector.matchLabels`, or `workloadSelector.labels`; neither: the whole namespace. */
const workloadSelector = (spec: Spec): MaybeSelector => {
  if (isMapping(spec['workloadSelector']))
    return labelSelectorFrom({ matchLabels: spec['workloadSelector']['labels'] });
  return labelSelectorFrom(spec['selector']);
};

type Row = readonly [kind: string, groups: readonly string[], selector: (spec: Spec) => MaybeSelector];

function kinds(
  shared: Pick<UnmodelledKind, 'scope' | 'concern' | 'namespaced'>,
  rows: readonly Row[],
): readonly UnmodelledKind[] {
  return rows.map(([kind, groups, selector]) => ({ ...shared, kind, groups, selector }));
}

export const UNMODELLED_KINDS: readonly UnmodelledKind[] = [
  ...kinds({ scope: 'namespace', concern: 'policy' }, [
    ['NetworkPolicy', ANTREA, appliedTo],
    ['EgressFirewall', OVN, everyPod],
    ['UserDefinedNetwork', OVN, everyPod],
    ['EgressNetworkPolicy', ['network.openshift.io'], everyPod],
    ['FQDNNetworkPolicy', ['networking.gke.io'], podSelector],
    ['ApplicationNetworkPolicy', ['networking.k8s.aws'], podSelector],
    ['SecurityGroupPolicy', ['vpcresources.k8s.aws'], podSelector],
  ]),
  ...kinds({ scope: 'cluster', concern: 'policy' }, [
    ['HostEndpoint', CALICO, anyPod],
    ['ClusterNetworkPolicy', ANTREA, appliedTo],
    ['ClusterNetworkPolicy', ['networking.k8s.aws'], policySubject],
    ['ClusterUserDefinedNetwork', OVN, anyPod],
  ]),
  ...kinds({ scope: 'cluster', concern: 'egress' }, [
    ['CiliumEgressGatewayPolicy', ['cilium.io'], (spec) => onlyOf(spec['selectors'])],
    ['Egress', ANTREA, appliedTo],
    ['EgressIP', OVN, podSelector],
    ['AdminPolicyBasedExternalRoute', OVN, anyPod],
    ['EgressNATPolicy', ['networking.gke.io'], anyPod],
  ]),
  ...kinds({ scope: 'namespace', concern: 'egress' }, [
    ['EgressService', OVN, anyPod],
    ['EgressGatewayPolicy', CALICO, anyPod],
  ]),
  ...kinds({ scope: 'cluster', concern: 'services', namespaced: true }, [
    ['CiliumLocalRedirectPolicy', ['cilium.io'], anyPod],
    ['CiliumEnvoyConfig', ['cilium.io'], anyPod],
  ]),
  ...kinds({ scope: 'cluster', concern: 'services' }, [
    ['CiliumClusterwideEnvoyConfig', ['cilium.io'], anyPod],
  ]),
  ...kinds({ scope: 'namespace', concern: 'mesh' }, [
    ['EnvoyFilter', ISTIO, workloadSelector],
    ['ProxyConfig', ISTIO, workloadSelector],
    ['WasmPlugin', ['extensions.istio.io'], workloadSelector],
    ['Server', LINKERD, podSelector],
    ['ServerAuthorization', LINKERD, anyPod],
    ['AuthorizationPolicy', LINKERD, anyPod],
  ]),
  ...kinds({ scope: 'cluster', concern: 'mesh', namespaced: true }, [
    ['ServiceProfile', ['linkerd.io'], anyPod],
    ['ServiceIntentions', ['consul.hashicorp.com'], anyPod],
    ['TrafficSplit', ['split.smi-spec.io'], anyPod],
    ['TrafficTarget', ['access.smi-spec.io'], anyPod],
  ]),
];
