/**
 * The flags of Traefik that decide how Ingresses become routers. Source: traefik/traefik:docs (kubernetes-ingress provider,
 * entry points), pkg/provider/kubernetes/ingress/kubernetes.go; without manifests of its own it is as its Helm chart
 * installs it (traefik/traefik-helm-chart:traefik/values.yaml).
 */

import { installedPrograms } from '../../../cluster/installed-programs.ts';
import { goBoolean } from '../../../k8s/go-boolean.ts';
import type { ObjectSet } from '../../../k8s/read.ts';

export const TRAEFIK_IMAGE: RegExp = /(^|\/)traefik$/;

export interface TraefikSettings {
  /** Are prefixes compared element by element? Since v3.5, and not by default. */
  readonly strictPrefixMatching: boolean;
  /** Does a Service without endpoints answer 503, rather than have no router? */
  readonly allowEmptyServices: boolean;
  readonly allowExternalNameServices: boolean;
  readonly nativeLbByDefault: boolean;
  /** Do routers that say nothing of TLS take requests at entry point websecure? */
  readonly tlsByDefault: boolean;
  /** Does entry point web send all requests to https? */
  readonly redirect?: 'permanent' | 'temporary';
}

const PROVIDER = 'providers.kubernetesingress';
const WEB = 'entrypoints.web.http.redirections.entrypoint';

/** The settings of the first Traefik that the input installs. */
export function traefikSettings(objects: ObjectSet): TraefikSettings {
  const [program] = installedPrograms(objects, TRAEFIK_IMAGE);
  const text = (name: string) => program?.flags.get(name)?.value;
  const isOn = (name: string) => goBoolean(text(name)) ?? false;
  const redirectsTo = text(`${WEB}.to`);
  return {
    strictPrefixMatching: isOn(`${PROVIDER}.strictprefixmatching`),
    allowEmptyServices: isOn(`${PROVIDER}.allowemptyservices`),
    allowExternalNameServices: isOn(`${PROVIDER}.allowexternalnameservices`),
    nativeLbByDefault: isOn(`${PROVIDER}.nativelbbydefault`),
    tlsByDefault: program === undefined || isOn('entrypoints.websecure.http.tls'),
    ...(redirectsTo === undefined || text(`${WEB}.scheme`) === 'http'
      ? {}
      : { redirect: (goBoolean(text(`${WEB}.permanent`)) ?? true) ? 'permanent' : 'temporary' }),
  };
}
