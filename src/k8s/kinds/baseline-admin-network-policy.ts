import { readSection, reportInvalid } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';
import { readAdminPort } from '../policy-parts/admin-ports.ts';
import { type RuleForm, readClusterRules } from '../policy-parts/cluster-rules.ts';
import type { PodsPart, RulePart } from '../policy-parts/parts.ts';
import { readSubject } from '../policy-parts/subject.ts';

export interface BaselineAdminNetworkPolicyBody {
  /** undefined: it cannot be told which pods are meant. */
  readonly subject?: PodsPart;
  readonly ingress: readonly RulePart[];
  readonly egress: readonly RulePart[];
}

export type BaselineAdminNetworkPolicyObject = K8sObject<
  'BaselineAdminNetworkPolicy',
  BaselineAdminNetworkPolicyBody
>;

/** kubernetes-sigs/network-policy-api v0.1.x: apis/v1alpha1/baselineadminnetworkpolicy_types.go. */
const FORM: RuleForm = {
  actions: { Allow: 'allow', Deny: 'deny' },
  portsKey: 'ports',
  readPort: readAdminPort,
  most: { rules: 100, peers: 100, ports: 100 },
  mostCidrs: 25,
  egressFields: ['namespaces', 'pods', 'networks', 'nodes'],
};

export const baselineAdminNetworkPolicyReader: KindReader<
  'BaselineAdminNetworkPolicy',
  BaselineAdminNetworkPolicyBody
> = {
  kind: 'BaselineAdminNetworkPolicy',
  apiVersions: ['policy.networking.k8s.io/v1alpha1'],
  namespaced: false,
  read: (fields, { name }) => {
    const spec = readSection(fields, 'spec');
    const subject = readSubject(spec);
    if (name !== 'default') {
      reportInvalid(
        fields,
        ['metadata', 'name'],
        name,
        'Only one baseline admin network policy with metadata.name="default" can be created in the cluster',
      );
    }
    return {
      ...(subject === undefined ? {} : { subject }),
      ingress: readClusterRules(spec, 'ingress', FORM),
      egress: readClusterRules(spec, 'egress', FORM),
    };
  },
};
