/** Rules about pods, what makes them, and what they are told of the network. */

import type { Rule } from '../rule.ts';
import { dnsNamespaceShadowsDomain } from '../rules/dns-namespace-shadows-domain.ts';
import { dnsSearchAmplification } from '../rules/dns-search-amplification.ts';
import { dnsWrongClusterDomain } from '../rules/dns-wrong-cluster-domain.ts';
import { envDuplicate } from '../rules/env-duplicate.ts';
import { envServiceOtherNamespace } from '../rules/env-service-other-namespace.ts';
import { envServicePort } from '../rules/env-service-port.ts';
import { envServiceUnknown } from '../rules/env-service-unknown.ts';
import { envServiceVarUnset } from '../rules/env-service-var-unset.ts';
import { podHostNetworkDns } from '../rules/pod-host-network-dns.ts';
import { podHostNetworkPolicy } from '../rules/pod-host-network-policy.ts';
import { podHostPortConflict } from '../rules/pod-host-port-conflict.ts';
import { podNotIsolated } from '../rules/pod-not-isolated.ts';
import { podPortConflict } from '../rules/pod-port-conflict.ts';
import { podPortNameAmbiguous } from '../rules/pod-port-name-ambiguous.ts';
import { podSubdomainUnresolvable } from '../rules/pod-subdomain-unresolvable.ts';
import { probePortMissing } from '../rules/probe-port-missing.ts';
import { probePortUnlisted } from '../rules/probe-port-unlisted.ts';
import { statefulsetServiceMissing } from '../rules/statefulset-service-missing.ts';
import { statefulsetServiceUnsuitable } from '../rules/statefulset-service-unsuitable.ts';
import { workloadSelectorMismatch } from '../rules/workload-selector-mismatch.ts';
import { workloadSelectorOverlap } from '../rules/workload-selector-overlap.ts';

export const WORKLOAD_RULES: readonly Rule[] = [
  dnsNamespaceShadowsDomain,
  dnsSearchAmplification,
  dnsWrongClusterDomain,
  envDuplicate,
  envServiceOtherNamespace,
  envServicePort,
  envServiceUnknown,
  envServiceVarUnset,
  podHostNetworkDns,
  podHostNetworkPolicy,
  podHostPortConflict,
  podNotIsolated,
  podPortConflict,
  podPortNameAmbiguous,
  podSubdomainUnresolvable,
  probePortMissing,
  probePortUnlisted,
  statefulsetServiceMissing,
  statefulsetServiceUnsuitable,
  workloadSelectorMismatch,
  workloadSelectorOverlap,
];
