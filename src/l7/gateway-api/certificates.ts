/** The certificates of a listener. Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerTLSConfig. */

import { GATEWAY_GROUP, type ObjectRef } from '../../k8s/gateway-parts/references.ts';
import { isMapping } from '../../source/document.ts';
import { refTo } from '../../source/ref.ts';
import type { GatewayContext } from './context.ts';
import { type Condition, condition, type ListenerOwner } from './model.ts';

const TLS_TYPE = 'kubernetes.io/tls';

export interface ResolvedCertificates {
  /** Those that can be served: `shop/web-tls`. */
  readonly usable: readonly string[];
  /** Of the first that cannot. */
  readonly problem?: Condition;
}

/** Resolves the references of a listener of a Gateway or ListenerSet. */
export function resolveCertificates(
  context: GatewayContext,
  owner: ListenerOwner,
  refs: readonly ObjectRef[],
): ResolvedCertificates {
  const usable: string[] = [];
  let problem: Condition | undefined;
  for (const ref of refs) {
    const found = certificateProblem(context, owner, ref);
    if (found === undefined) usable.push(`${ref.namespace ?? owner.metadata.namespace}/${ref.name}`);
    else problem ??= { ...found, at: refTo(owner.origin, ...ref.path) };
  }
  return { usable, ...(problem === undefined ? {} : { problem }) };
}

function certificateProblem(
  { grants, certificates, control, assumed }: GatewayContext,
  owner: ListenerOwner,
  { group, kind, name, namespace = owner.metadata.namespace }: ObjectRef,
): Condition | undefined {
  const invalid = (text: string) => condition('ResolvedRefs', 'False', 'InvalidCertificateRef', text);
  if (group !== '' || kind !== 'Secret') {
    return invalid(`a certificate is in a Secret, not in a ${kind} of group "${group}"`);
  }
  const secret = `${namespace}/${name}`;
  if (namespace !== owner.metadata.namespace) {
    // An XListenerSet asks under its own name, as grants of that time were written.
    const own = { group: ownGroup(owner), kind: owner.kind, namespace: owner.metadata.namespace };
    if (grants.permits(own, { group, kind, namespace, name }) === undefined) {
      const text = `no ReferenceGrant in ${namespace} lets ${owner.kind}s of ${own.namespace} use Secret ${name}`;
      return condition('ResolvedRefs', 'False', 'RefNotPermitted', text);
    }
  }
  const found = control.cluster.objects
    .otherOfKind('Secret')
    .find((each) => each.name === name && each.namespace === namespace);
  if (found === undefined) return assumed.secrets ? undefined : invalid(`there is no Secret ${secret}`);
  if (isMapping(found.raw) && found.raw['type'] !== TLS_TYPE)
    return invalid(`Secret ${secret} is not of type ${TLS_TYPE}`);
  return certificates(namespace, name) === undefined
    ? invalid(`Secret ${secret} holds no certificate under tls.crt`)
    : undefined;
}

function ownGroup({ apiVersion, kind }: ListenerOwner): string {
  return kind === 'XListenerSet' ? apiVersion.slice(0, apiVersion.lastIndexOf('/')) : GATEWAY_GROUP;
}
