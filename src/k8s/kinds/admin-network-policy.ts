import { readSection } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { readAdminPort } from '../policy-parts/admin-ports.ts';
import { type RuleForm, readClusterRules } from '../policy-parts/cluster-rules.ts';
import type { PodsPart, RulePart } from '../policy-parts/parts.ts';
import { readPriority, readSubject } from '../policy-parts/subject.ts';

export interface AdminNetworkPolicyBody {
  /** 0 to 1000, the lowest first. */
  readonly priority: number;
  /** undefined: it cannot be told which pods are meant. */
  readonly subject?: PodsPart;
  readonly ingress: readonly RulePart[];
  readonly egress: readonly RulePart[];
}

export type AdminNetworkPolicyObject = K8sObject<'AdminNetworkPolicy', AdminNetworkPolicyBody>;

/** kubernetes-sigs/network-policy-api v0.1.x: apis/v1alpha1/adminnetworkpolicy_types.go. */
const FORM: RuleForm = {
  actions: { Allow: 'allow', Deny: 'deny', Pass: 'pass' },
  portsKey: 'ports',
  readPort: readAdminPort,
  most: { rules: 100, peers: 100, ports: 100 },
  mostCidrs: 25,
  egressFields: ['namespaces', 'pods', 'networks', 'nodes', 'domainNames'],
};

export const adminNetworkPolicyReader: KindReader<'AdminNetworkPolicy', AdminNetworkPolicyBody> = {
  kind: 'AdminNetworkPolicy',
  apiVersions: ['policy.networking.k8s.io/v1alpha1'],
  namespaced: false,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const subject = readSubject(spec);
    return {
      priority: readPriority(spec),
      ...(subject === undefined ? {} : { subject }),
      ingress: readClusterRules(spec, 'ingress', FORM),
      egress: readClusterRules(spec, 'egress', FORM),
    };
  },
};
