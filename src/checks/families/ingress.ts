/** Rules about Ingresses, whoever serves them. */

import type { Rule } from '../rule.ts';
import { ingressBackendMissing } from '../rules/ingress-backend-missing.ts';
import { ingressBackendPort } from '../rules/ingress-backend-port.ts';
import { ingressClassTwoDefaults } from '../rules/ingress-class-two-defaults.ts';
import { ingressClassUnknown } from '../rules/ingress-class-unknown.ts';
import { ingressExternalName } from '../rules/ingress-external-name.ts';
import { ingressPathConflict } from '../rules/ingress-path-conflict.ts';
import { ingressPathShadowed } from '../rules/ingress-path-shadowed.ts';
import { ingressPathType } from '../rules/ingress-path-type.ts';
import { ingressPortNotTcp } from '../rules/ingress-port-not-tcp.ts';
import { ingressTlsHost } from '../rules/ingress-tls-host.ts';
import { ingressTlsSecretMissing } from '../rules/ingress-tls-secret-missing.ts';

export const INGRESS_RULES: readonly Rule[] = [
  ingressBackendMissing,
  ingressBackendPort,
  ingressClassTwoDefaults,
  ingressClassUnknown,
  ingressExternalName,
  ingressPathConflict,
  ingressPathShadowed,
  ingressPathType,
  ingressPortNotTcp,
  ingressTlsHost,
  ingressTlsSecretMissing,
];
