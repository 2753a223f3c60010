/** Rules about Services, their addresses and their endpoints. */

import type { Rule } from '../rule.ts';
import { dualStackFamilyMismatch } from '../rules/dual-stack-family-mismatch.ts';
import { dualStackPolicyOneFamily } from '../rules/dual-stack-policy-one-family.ts';
import { endpointsAddress } from '../rules/endpoints-address.ts';
import { endpointsOrphan } from '../rules/endpoints-orphan.ts';
import { endpointsOverwritten } from '../rules/endpoints-overwritten.ts';
import { endpointsPortName } from '../rules/endpoints-port-name.ts';
import { loadBalancerNodePortOpen } from '../rules/load-balancer-node-port-open.ts';
import { loadBalancerOpen } from '../rules/load-balancer-open.ts';
import { serviceClusterIpConflict } from '../rules/service-cluster-ip-conflict.ts';
import { serviceClusterIpRange } from '../rules/service-cluster-ip-range.ts';
import { serviceExternalIps } from '../rules/service-external-ips.ts';
import { serviceExternalNameIp } from '../rules/service-external-name-ip.ts';
import { serviceExternalNameLoop } from '../rules/service-external-name-loop.ts';
import { serviceExternalNamePort } from '../rules/service-external-name-port.ts';
import { serviceExternalNameUnknown } from '../rules/service-external-name-unknown.ts';
import { serviceHeadlessPortMapping } from '../rules/service-headless-port-mapping.ts';
import { serviceIgnoredField } from '../rules/service-ignored-field.ts';
import { serviceLocalPolicyGap } from '../rules/service-local-policy-gap.ts';
import { serviceMixedBackends } from '../rules/service-mixed-backends.ts';
import { serviceNoBackends } from '../rules/service-no-backends.ts';
import { serviceNoSelector } from '../rules/service-no-selector.ts';
import { serviceNodePortConflict } from '../rules/service-node-port-conflict.ts';
import { serviceNodePortRange } from '../rules/service-node-port-range.ts';
import { serviceScaledToZero } from '../rules/service-scaled-to-zero.ts';
import { serviceSelectsJob } from '../rules/service-selects-job.ts';
import { serviceTargetPortMissing } from '../rules/service-target-port-missing.ts';
import { serviceTargetPortPartial } from '../rules/service-target-port-partial.ts';
import { serviceTargetPortProtocol } from '../rules/service-target-port-protocol.ts';
import { serviceTargetPortUnlisted } from '../rules/service-target-port-unlisted.ts';

export const SERVICE_RULES: readonly Rule[] = [
  dualStackFamilyMismatch,
  dualStackPolicyOneFamily,
  endpointsAddress,
  endpointsOrphan,
  endpointsOverwritten,
  endpointsPortName,
  loadBalancerNodePortOpen,
  loadBalancerOpen,
  serviceClusterIpConflict,
  serviceClusterIpRange,
  serviceExternalIps,
  serviceExternalNameIp,
  serviceExternalNameLoop,
  serviceExternalNamePort,
  serviceExternalNameUnknown,
  serviceHeadlessPortMapping,
  serviceIgnoredField,
  serviceLocalPolicyGap,
  serviceMixedBackends,
  serviceNoBackends,
  serviceNoSelector,
  serviceNodePortConflict,
  serviceNodePortRange,
  serviceScaledToZero,
  serviceSelectsJob,
  serviceTargetPortMissing,
  serviceTargetPortPartial,
  serviceTargetPortProtocol,
  serviceTargetPortUnlisted,
];
