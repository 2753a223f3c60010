/**
 * Listeners that ask clients for a certificate. Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go FrontendTLSConfig,
 * conformance/tests/gateway-with-clientcertificate-validation.go, gateway-with-invalid-clientcertificate-validation.go.
 */

import type { ClientValidation } from '../../k8s/gateway-parts/frontend-tls.ts';
import type { ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import { GATEWAY_GROUP, type ObjectRef } from '../../k8s/gateway-parts/references.ts';
import type { GatewayObject } from '../../k8s/kinds/gateway.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { authorityProblem } from './authorities.ts';
import type { GatewayContext } from './context.ts';
import { type Condition, condition, type ListenerOwner } from './model.ts';

/** What a listener wants of its clients. */
export interface AskedClients {
  /** Clients without a valid certificate get no connection; undefined: they do. */
  readonly onlyValid?: SourceRef;
  /** Of the first authority that cannot be used. */
  readonly problem?: Condition;
  /** No authority can be used, so that no client can be believed. */
  readonly isHopeless: boolean;
}

const NOBODY: AskedClients = { isHopeless: false };

/** Only HTTPS listeners ask; what a port says takes the place of the default. */
export function askedClients(
  context: GatewayContext,
  gateway: GatewayObject,
  { owner, body }: { readonly owner: ListenerOwner; readonly body: ListenerBody },
): AskedClients {
  if (body.protocol !== 'HTTPS') return NOBODY;
  const { byPort, others } = gateway.body.frontend;
  const ofGateway = byPort.has(body.port) ? byPort.get(body.port) : others;
  const asking = ofGateway === undefined ? owner : gateway;
  const validation = ofGateway ?? body.tls?.clients;
  return validation === undefined ? NOBODY : validated(context, asking, validation);
}

function validated(
  context: GatewayContext,
  owner: ListenerOwner,
  { authorities, mode, path }: ClientValidation,
): AskedClients {
  const problems = authorities.flatMap((ref) => problemOf(context, owner, ref) ?? []);
  const [problem] = problems;
  return {
    isHopeless: problems.length === authorities.length,
    ...(mode === 'AllowValidOnly' ? { onlyValid: refTo(owner.origin, ...path) } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}

function problemOf(
  { control, grants, assumed }: GatewayContext,
  { metadata: { namespace: own }, origin }: ListenerOwner,
  ref: ObjectRef,
): Condition | undefined {
  const failed = (reason: string, text: string): Condition => ({
    ...condition('ResolvedRefs', 'False', reason, text),
    at: refTo(origin, ...ref.path),
  });
  const { group, kind, name, namespace = own } = ref;
  const problem = authorityProblem(control.cluster, ref, own);
  if (problem?.kind === 'kind') return failed('InvalidCACertificateKind', problem.text);
  const from = { group: GATEWAY_GROUP, kind: 'Gateway', namespace: own };
  if (namespace !== own && grants.permits(from, { group, kind, namespace, name }) === undefined) {
    const text = `no ReferenceGrant in ${namespace} lets Gateways of ${own} use ConfigMap ${name}`;
    return failed('RefNotPermitted', text);
  }
  // Certificates that are kept elsewhere have their authorities there too.
  if (problem === undefined || (problem.kind === 'missing' && assumed.secrets)) return undefined;
  return failed('InvalidCACertificateRef', problem.text);
}
