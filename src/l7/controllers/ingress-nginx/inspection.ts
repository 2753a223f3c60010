/**
 * Deep inspection: an Ingress whose hosts or paths look like directives of nginx is left out as a whole. Source:
 * kubernetes/ingress-nginx:internal/ingress/inspector/rules.go, ingress.go.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../../k8s/kinds/ingress.ts';
import type { FieldPath } from '../../../source/document.ts';
import { refTo } from '../../../source/ref.ts';

const SUSPICIOUS: readonly RegExp[] = [
  /\s*alias\s[^;]*;/,
  /\s*root\s[^;]*;/,
  /\/etc\/(passwd|shadow|group|nginx|ingress-controller)/,
  /\/var\/run\/secrets/,
  /.*_by_lua.*/,
];

/** @returns why the controller leaves the Ingress out; undefined: it does not. */
export function inspectDeeply({ body, origin }: IngressObject): Diagnostic | undefined {
  const texts: readonly { readonly text: string; readonly at: FieldPath }[] = [
    ...body.rules.flatMap((rule) => [
      { text: rule.host, at: [...rule.at, 'host'] },
      ...(rule.paths ?? []).map(({ path, at }) => ({ text: path, at: [...at, 'path'] })),
    ]),
    ...body.tls.flatMap(({ hosts, secretName, at }) => [secretName, ...hosts].map((text) => ({ text, at }))),
  ];
  const found = texts.find(({ text }) => SUSPICIOUS.some((form) => form.test(text)));
  if (found === undefined) return undefined;
  return {
    code: 'ingress-left-out',
    severity: 'error',
    text: 'ingress-nginx takes this for an attempt to write its configuration, and leaves the Ingress out',
    sources: [{ at: refTo(origin, ...found.at), role: 'primary' }],
  };
}
