/**
 * Annotations that Traefik reads. Source: traefik/traefik:pkg/provider/kubernetes/ingress/annotations.go,
 * docs/content/reference/routing-configuration/kubernetes/ingress.md.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { goBoolean } from '../../../k8s/go-boolean.ts';
import type { IngressObject } from '../../../k8s/kinds/ingress.ts';
import type { Labels } from '../../../k8s/object.ts';
import { unmodelledAnnotations } from '../unmodelled-annotations.ts';

const PREFIX = 'traefik.ingress.kubernetes.io/';

export type PathMatcher = 'Path' | 'PathPrefix' | 'PathRegexp';

export interface RouterOptions {
  /** undefined: the length of the rule. */
  readonly priority?: number;
  /** undefined: every entry point. */
  readonly entryPoints?: readonly string[];
  readonly tls: boolean;
  /** Of paths of type ImplementationSpecific. */
  readonly pathMatcher: PathMatcher;
  readonly unmodelled: readonly Diagnostic[];
}

export interface ServiceOptions {
  /** Is the Service's own address dialled? undefined: as the provider is set. */
  readonly nativeLb?: boolean;
  readonly scheme?: string;
  readonly passHostHeader: boolean;
}

const MATCHERS: readonly PathMatcher[] = ['Path', 'PathPrefix', 'PathRegexp'];
const READ = ['priority', 'entrypoints', 'tls', 'pathmatcher'].map((name) => `${PREFIX}router.${name}`);

/** What an Ingress says of its routers. */
export function routerOptions(ingress: IngressObject): RouterOptions {
  const { annotations } = ingress.metadata;
  const text = (name: string) => annotations.get(`${PREFIX}router.${name}`)?.trim() ?? '';
  const priority = Number(text('priority') || 0);
  const entryPoints = text('entrypoints')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const matcher = text('pathmatcher');
  const isRead = matcher === '' || MATCHERS.includes(matcher as PathMatcher);
  return {
    ...(Number.isInteger(priority) && priority !== 0 ? { priority } : {}),
    ...(entryPoints.length === 0 ? {} : { entryPoints }),
    tls: goBoolean(text('tls')) ?? false,
    pathMatcher: MATCHERS.find((each) => each === matcher) ?? 'PathPrefix',
    unmodelled: unmodelledAnnotations(ingress, (key) => {
      if (!key.startsWith(`${PREFIX}router.`)) return false;
      // How a certificate is chosen or got changes no route.
      if (key.startsWith(`${PREFIX}router.tls.`)) return false;
      return !READ.includes(key) || (key.endsWith('pathmatcher') && !isRead);
    }),
  };
}

/** What a Service says of how it is dialled. */
export function serviceOptions(annotations: Labels): ServiceOptions {
  const text = (name: string) => annotations.get(`${PREFIX}service.${name}`)?.trim();
  const nativeLb = goBoolean(text('nativelb'));
  const scheme = text('serversscheme');
  return {
    ...(nativeLb === undefined ? {} : { nativeLb }),
    ...(scheme === undefined ? {} : { scheme }),
    passHostHeader: goBoolean(text('passhostheader')) ?? true,
  };
}
