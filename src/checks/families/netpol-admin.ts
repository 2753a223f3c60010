/** Rules about policies of the whole cluster, in tiers. */

import type { Rule } from '../rule.ts';
import { netpolAdminAllowOverridesNp } from '../rules/netpol-admin-allow-overrides-np.ts';
import { netpolAdminBaselineUnreachable } from '../rules/netpol-admin-baseline-unreachable.ts';
import { netpolAdminDenyDns } from '../rules/netpol-admin-deny-dns.ts';
import { netpolAdminEqualPriorityOverlap } from '../rules/netpol-admin-equal-priority-overlap.ts';
import { netpolAdminLimits } from '../rules/netpol-admin-limits.ts';
import { netpolAdminNamedPortProtocol } from '../rules/netpol-admin-named-port-protocol.ts';
import { netpolAdminNetworksHitPods } from '../rules/netpol-admin-networks-hit-pods.ts';
import { netpolAdminPassWithoutEffect } from '../rules/netpol-admin-pass-without-effect.ts';
import { netpolAdminShadowedRule } from '../rules/netpol-admin-shadowed-rule.ts';
import { netpolAdminV1alpha1Removed } from '../rules/netpol-admin-v1alpha1-removed.ts';

export const NETPOL_ADMIN_RULES: readonly Rule[] = [
  netpolAdminAllowOverridesNp,
  netpolAdminBaselineUnreachable,
  netpolAdminDenyDns,
  netpolAdminEqualPriorityOverlap,
  netpolAdminLimits,
  netpolAdminNamedPortProtocol,
  netpolAdminNetworksHitPods,
  netpolAdminPassWithoutEffect,
  netpolAdminShadowedRule,
  netpolAdminV1alpha1Removed,
];
