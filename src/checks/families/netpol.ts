/** Rules about NetworkPolicies. */

import type { Rule } from '../rule.ts';
import { netpolAllowAll } from '../rules/netpol-allow-all.ts';
import { netpolAndOr } from '../rules/netpol-and-or.ts';
import { netpolBlocksApiServer } from '../rules/netpol-blocks-api-server.ts';
import { netpolBlocksDependency } from '../rules/netpol-blocks-dependency.ts';
import { netpolBlocksIngress } from '../rules/netpol-blocks-ingress.ts';
import { netpolBlocksWebhook } from '../rules/netpol-blocks-webhook.ts';
import { netpolClientIpBlock } from '../rules/netpol-client-ip-block.ts';
import { netpolClusterIpBlock } from '../rules/netpol-cluster-ip-block.ts';
import { netpolDnsBlocked } from '../rules/netpol-dns-blocked.ts';
import { netpolDnsNoTcp } from '../rules/netpol-dns-no-tcp.ts';
import { netpolDnsNodeLocal } from '../rules/netpol-dns-node-local.ts';
import { netpolDnsPort } from '../rules/netpol-dns-port.ts';
import { netpolDnsProtocol } from '../rules/netpol-dns-protocol.ts';
import { netpolMeshPort } from '../rules/netpol-mesh-port.ts';
import { netpolNamespaceUnmatched } from '../rules/netpol-namespace-unmatched.ts';
import { netpolNoCommonPort } from '../rules/netpol-no-common-port.ts';
import { netpolNotEnforced } from '../rules/netpol-not-enforced.ts';
import { netpolOneSided } from '../rules/netpol-one-sided.ts';
import { netpolPeerMatchesNothing } from '../rules/netpol-peer-matches-nothing.ts';
import { netpolPodIpBlock } from '../rules/netpol-pod-ip-block.ts';
import { netpolPolicyTypesImplicit } from '../rules/netpol-policy-types-implicit.ts';
import { netpolPortNameIpBlock } from '../rules/netpol-port-name-ip-block.ts';
import { netpolPortNameMissing } from '../rules/netpol-port-name-missing.ts';
import { netpolPortUnlisted } from '../rules/netpol-port-unlisted.ts';
import { netpolRedundant } from '../rules/netpol-redundant.ts';
import { netpolSectionIgnored } from '../rules/netpol-section-ignored.ts';
import { netpolSelectsNothing } from '../rules/netpol-selects-nothing.ts';
import { netpolServicePort } from '../rules/netpol-service-port.ts';

export const NETPOL_RULES: readonly Rule[] = [
  netpolAllowAll,
  netpolAndOr,
  netpolBlocksApiServer,
  netpolBlocksDependency,
  netpolBlocksIngress,
  netpolBlocksWebhook,
  netpolClientIpBlock,
  netpolClusterIpBlock,
  netpolDnsBlocked,
  netpolDnsNoTcp,
  netpolDnsNodeLocal,
  netpolDnsPort,
  netpolDnsProtocol,
  netpolMeshPort,
  netpolNamespaceUnmatched,
  netpolNoCommonPort,
  netpolNotEnforced,
  netpolOneSided,
  netpolPeerMatchesNothing,
  netpolPodIpBlock,
  netpolPolicyTypesImplicit,
  netpolPortNameIpBlock,
  netpolPortNameMissing,
  netpolPortUnlisted,
  netpolRedundant,
  netpolSectionIgnored,
  netpolSelectsNothing,
  netpolServicePort,
];
