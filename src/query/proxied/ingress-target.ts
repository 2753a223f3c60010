/** `ing/shop` as a target: the request that its first rule is for. */

import { compareText } from '../../collections/order.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { IngressObject, IngressPath, IngressRule } from '../../k8s/kinds/ingress.ts';
import { refTo } from '../../source/ref.ts';
import { parseReference } from '../reference.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Source } from '../target.ts';
import { UsageError } from '../usage-error.ts';

export interface IngressTarget {
  readonly ingress: IngressObject;
  /** @param address of the controller, for rules without a host. */
  urlAt(address: string | undefined): string;
  /** What else the Ingress has. */
  readonly notes: readonly Diagnostic[];
}

/** Where a regular expression begins: what stands before it is a path that it may match. */
const PATTERN = /[\\^$.*+?()[\]{}|]/;

/**
 * The Ingress that a reference means; undefined: it means something else.
 * @throws UsageError with those of nearly that name.
 */
export function ingressTarget(snapshot: Snapshot, source: Source, text: string): IngressTarget | undefined {
  const reference = parseReference(text);
  if (reference.kind !== 'object' || reference.objectKind !== 'Ingress') return undefined;
  const { namespace, name, port } = reference;
  const ingress = found(
    snapshot,
    namespace === undefined ? namespacesOf(snapshot, source) : [namespace],
    name,
  );
  const [rule] = ingress.body.rules;
  const [path] = rule?.paths ?? [];
  const host = (rule?.host ?? '').replace(/^\*/, 'any');
  const scheme = isTls(ingress, rule) ? 'https' : 'http';
  const at = port === undefined ? '' : `:${port}`;
  return {
    ingress,
    urlAt(address) {
      const authority = host === '' ? address : host;
      if (authority === undefined) {
        throw new UsageError(`${text} takes every host, and nothing tells the address of its controller`);
      }
      return `${scheme}://${authority}${at}${pathOf(path)}`;
    },
    notes: othersOf(ingress),
  };
}

function namespacesOf({ profile }: Snapshot, source: Source): readonly string[] {
  return [...new Set([...(source.kind === 'pod' ? [source.pod.namespace] : []), profile.namespace])];
}

function found({ objects }: Snapshot, namespaces: readonly string[], name: string): IngressObject {
  const all = objects.ofKind('Ingress');
  for (const namespace of namespaces) {
    const own = all.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    if (own !== undefined) return own;
  }
  const reference = ({ metadata }: IngressObject) => `${metadata.namespace}/ing/${metadata.name}`;
  const names = new Set([name, ...nearest(name, [...new Set(all.map(({ metadata }) => metadata.name))], 5)]);
  const near = all.filter(({ metadata }) => names.has(metadata.name));
  throw new UsageError(
    `no Ingress ${name} in namespace ${namespaces.join(' or ')}`,
    (near.length > 0 ? near : all).map(reference).sort(compareText).slice(0, 10),
  );
}

/** Has the host a certificate? */
function isTls({ body }: IngressObject, rule: IngressRule | undefined): boolean {
  const host = rule?.host ?? '';
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  return body.tls.some(({ hosts }) => hosts.includes(host) || hosts.includes(wildcard));
}

/** A path that the rule is for: of a regular expression what stands before it. */
function pathOf(path: IngressPath | undefined): string {
  if (path === undefined || path.path === '') return '/';
  if (path.pathType !== 'ImplementationSpecific') return path.path;
  const end = path.path.search(PATTERN);
  return end < 0 ? path.path : path.path.slice(0, end) || '/';
}

function othersOf({ metadata, body, origin }: IngressObject): readonly Diagnostic[] {
  const rules = body.rules.flatMap((rule) =>
    (rule.paths ?? []).map(({ path }) => `${rule.host || '*'}${path || '/'}`),
  );
  const [first, ...others] = rules;
  if (first === undefined || others.length === 0) return [];
  const shown = others.slice(0, 5).join(', ');
  const more = others.length > 5 ? ` and ${others.length - 5} more` : '';
  return [
    {
      code: 'rules-not-asked',
      severity: 'info',
      text: `rule ${first} was taken; Ingress ${metadata.namespace}/${metadata.name} also has ${shown}${more}: name a URL to ask for one`,
      sources: [{ at: refTo(origin, 'spec', 'rules'), role: 'context' }],
    },
  ];
}
