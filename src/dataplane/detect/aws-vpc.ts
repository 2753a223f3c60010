/** What manifests show of the Amazon VPC CNI: the environment of aws-node (aws/amazon-vpc-cni-k8s:README.md). */

import type { Cluster } from '../../cluster/cluster.ts';
import { goBoolean } from '../../k8s/go-boolean.ts';
import type { CniEvidence } from '../cni.ts';
import { agentOf, isYes, numberIn } from './marks.ts';

const AGENT = /(^|\/)amazon-k8s-cni(:|@|$)/;
const POLICY_AGENT = /(^|\/)aws-network-policy-agent(:|@|$)/;

export function detectAwsVpc(cluster: Cluster): CniEvidence | undefined {
  const agent = agentOf(cluster, AGENT);
  if (agent === undefined) return undefined;
  const { env, origin } = agent;
  const policyAgent = agentOf(cluster, POLICY_AGENT);
  const enforces = goBoolean(policyAgent?.flags.get('enable-network-policy')?.value);
  const externalSNAT = isYes(env.get('AWS_VPC_K8S_CNI_EXTERNALSNAT'));
  const excluded = env.get('AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS');
  const randomizeSNAT = env.get('AWS_VPC_K8S_CNI_RANDOMIZESNAT');
  const vethPrefix = env.get('AWS_VPC_K8S_CNI_VETHPREFIX');
  const mtu = numberIn(env.get('POD_MTU')) ?? numberIn(env.get('AWS_VPC_ENI_MTU'));
  const hasBranchInterfaces = isYes(env.get('ENABLE_POD_ENI')) === true;
  return {
    ...(hasBranchInterfaces ? { backend: 'with security groups for pods (ENABLE_POD_ENI)' } : {}),
    options: {
      ...(externalSNAT === undefined ? {} : { externalSNAT }),
      ...(excluded === undefined ? {} : { excludeSNATCIDRs: excluded }),
      ...(randomizeSNAT === undefined ? {} : { randomizeSNAT }),
      ...(vethPrefix === undefined ? {} : { vethPrefix }),
      ...(enforces === true ? { networkPolicy: true } : {}),
    },
    ...(mtu === undefined ? {} : { mtu }),
    origin,
  };
}
