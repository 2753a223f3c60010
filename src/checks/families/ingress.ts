/** Rules about Ingresses, whoever serves them. */

import type { Rule } from '../rule.ts';
import { ingressAlbInstanceClusterip } from '../rules/ingress-alb-instance-clusterip.ts';
import { ingressBackendMissing } from '../rules/ingress-backend-missing.ts';
import { ingressBackendPort } from '../rules/ingress-backend-port.ts';
import { ingressClassAnnotationDeprecated } from '../rules/ingress-class-annotation-deprecated.ts';
import { ingressClassTwoDefaults } from '../rules/ingress-class-two-defaults.ts';
import { ingressClassUnknown } from '../rules/ingress-class-unknown.ts';
import { ingressDefaultBackendMisread } from '../rules/ingress-default-backend-misread.ts';
import { ingressExternalName } from '../rules/ingress-external-name.ts';
import { ingressPathConflict } from '../rules/ingress-path-conflict.ts';
import { ingressPathShadowed } from '../rules/ingress-path-shadowed.ts';
import { ingressPathType } from '../rules/ingress-path-type.ts';
import { ingressPortNotTcp } from '../rules/ingress-port-not-tcp.ts';
import { ingressResourceBackend } from '../rules/ingress-resource-backend.ts';
import { ingressTlsHost } from '../rules/ingress-tls-host.ts';
import { ingressTlsSecretConflict } from '../rules/ingress-tls-secret-conflict.ts';
import { ingressTlsSecretInvalid } from '../rules/ingress-tls-secret-invalid.ts';
import { ingressTlsSecretMissing } from '../rules/ingress-tls-secret-missing.ts';
import { ingressWildcardDepth } from '../rules/ingress-wildcard-depth.ts';

export const INGRESS_RULES: readonly Rule[] = [
  ingressAlbInstanceClusterip,
  ingressBackendMissing,
  ingressBackendPort,
  ingressClassAnnotationDeprecated,
  ingressClassTwoDefaults,
  ingressClassUnknown,
  ingressDefaultBackendMisread,
  ingressExternalName,
  ingressPathConflict,
  ingressPathShadowed,
  ingressPathType,
  ingressPortNotTcp,
  ingressResourceBackend,
  ingressTlsHost,
  ingressTlsSecretConflict,
  ingressTlsSecretInvalid,
  ingressTlsSecretMissing,
  ingressWildcardDepth,
];
