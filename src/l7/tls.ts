/** Which certificate a controller serves for a host. */

import { readConfigData } from '../k8s/config-data.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { certificateNames, coversHost } from './certificate.ts';

/** The DNS names of the certificate in a Secret; undefined where there is no Secret, or no certificate in it. */
export type CertificateLookup = (namespace: string, secretName: string) => readonly string[] | undefined;

/** A lookup that reads each Secret once. */
export function certificateLookup(objects: ObjectSet): CertificateLookup {
  const known = new Map<string, readonly string[] | undefined>();
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    if (!known.has(key)) {
      const pem = readConfigData(objects, { kind: 'Secret', namespace, name })?.get('tls.crt')?.text;
      known.set(key, pem === undefined ? undefined : certificateNames(pem));
    }
    return known.get(key);
  };
}

/**
 * The certificate that ingress-nginx serves for a host of an Ingress: the Secret whose entry lists the host, else
 * the first one whose certificate covers it, else its own. Source:
 * kubernetes/ingress-nginx:internal/ingress/controller/controller.go extractTLSSecretName, createServers.
 * @returns `shop/web-tls`, `default`; undefined where the Ingress has no TLS section.
 */
export function nginxCertificate(
  { metadata: { namespace }, body: { tls } }: IngressObject,
  host: string,
  certificates: CertificateLookup,
): string | undefined {
  if (tls.length === 0) return undefined;
  const covers = (secretName: string) => coversHost(certificates(namespace, secretName) ?? [], host);
  const listing = tls.find(({ hosts }) => hosts.some((each) => each.toLowerCase() === host));
  const chosen = listing ?? tls.find(({ secretName }) => secretName !== '' && covers(secretName));
  if (chosen === undefined || chosen.secretName === '' || !covers(chosen.secretName)) return 'default';
  return `${namespace}/${chosen.secretName}`;
}
