/** The rules of `k8snet check`. A new one is one file in rules/ and one line in each of the two lists here. */

import type { Rule } from './rule.ts';
import { ignoreUnused } from './rules/ignore-unused.ts';
import { referenceOutsideInput } from './rules/reference-outside-input.ts';
import { serviceClusterIpConflict } from './rules/service-cluster-ip-conflict.ts';
import { serviceHeadlessPortMapping } from './rules/service-headless-port-mapping.ts';
import { serviceMixedBackends } from './rules/service-mixed-backends.ts';
import { serviceNoBackends } from './rules/service-no-backends.ts';
import { serviceNoSelector } from './rules/service-no-selector.ts';
import { serviceNodePortConflict } from './rules/service-node-port-conflict.ts';
import { serviceTargetPortMissing } from './rules/service-target-port-missing.ts';
import { serviceTargetPortPartial } from './rules/service-target-port-partial.ts';
import { serviceTargetPortProtocol } from './rules/service-target-port-protocol.ts';
import { serviceTargetPortUnlisted } from './rules/service-target-port-unlisted.ts';

/** By family, in the order of the catalogue in docs/checks.md. */
export const RULES: readonly Rule[] = [
  serviceClusterIpConflict,
  serviceHeadlessPortMapping,
  serviceMixedBackends,
  serviceNoBackends,
  serviceNoSelector,
  serviceNodePortConflict,
  serviceTargetPortMissing,
  serviceTargetPortPartial,
  serviceTargetPortProtocol,
  serviceTargetPortUnlisted,
  referenceOutsideInput,
  ignoreUnused,
];
