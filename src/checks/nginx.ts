/** What ingress-nginx makes of the Ingresses that it serves, for the rules that judge them. */

import { groupBy } from '../collections/grouping.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { IngressObject, IngressPath } from '../k8s/kinds/ingress.ts';
import {
  type NginxAnnotations,
  PREFIX,
  type ReadAnnotations,
  readAnnotations,
} from '../l7/controllers/ingress-nginx/annotations.ts';
import { nginxConfiguration } from '../l7/controllers/ingress-nginx/configuration.ts';
import { tablesOf } from '../l7/ingress-tables.ts';
import type { Route, RouteTable } from '../l7/route-table.ts';
import type { FieldPath } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { Evidence, Hit } from './hit.ts';
import { type Subject, subjectOf } from './subject.ts';

/** An Ingress of ingress-nginx. */
export interface NginxIngress {
  readonly ingress: IngressObject;
  readonly subject: Subject;
  readonly annotations: NginxAnnotations;
  readonly read: ReadAnnotations;
}

/** Those that ingress-nginx serves, in the order of the input. */
export const nginxIngresses: OfInput<readonly NginxIngress[]> = perInput(({ snapshot }) => {
  const { defaults } = nginxConfiguration(snapshot.objects);
  return [...tablesOf(snapshot.control).owners].flatMap(([ingress, { controller }]) => {
    if (controller !== 'ingress-nginx') return [];
    const read = readAnnotations(ingress, defaults);
    return [{ ingress, subject: subjectOf(ingress), annotations: read.values, read }];
  });
});

/** The table of ingress-nginx; undefined where it serves nothing. */
export const nginxTable: OfInput<RouteTable | undefined> = perInput(({ snapshot }) =>
  tablesOf(snapshot.control).tables.find(({ controller }) => controller === 'ingress-nginx'),
);

/** Where an annotation of ingress-nginx stands. @param name without the prefix. */
export function annotationPath(name: string): FieldPath {
  return ['metadata', 'annotations', `${PREFIX}${name}`];
}

/** Does the Ingress have the annotation, with whatever value? */
export function hasAnnotation({ metadata }: IngressObject, name: string): boolean {
  return metadata.annotations.has(`${PREFIX}${name}`);
}

/** A diagnostic of the controller as a hit at the Ingress that it is about. */
export function hitOfDiagnostic(
  { ingress: { origin }, subject }: NginxIngress,
  { text, sources }: Diagnostic,
): Hit | undefined {
  const at = sources.find(({ role }) => role === 'primary')?.at;
  if (at === undefined || !('document' in at) || !isWithin(at, origin)) return undefined;
  const path = at.path.slice(origin.path.length);
  return {
    subject,
    path,
    message: `${text} (Ingress ${subject.namespace}/${subject.name})`,
    fact: path.join('.'),
  };
}

function isWithin(at: SourceRef, origin: SourceRef): boolean {
  return at.document === origin.document && origin.path.every((part, index) => at.path[index] === part);
}

/** A route as evidence. */
export function routeEvidence({ ingress, at }: Route, message: string): Evidence {
  return { subject: subjectOf(ingress), path: at.path.slice(ingress.origin.path.length), message };
}

/** Hosts with their paths, as the Ingress writes them: what the API server would call one location. */
export function pathsOf({ ingress: { body } }: NginxIngress): readonly HostPath[] {
  return body.rules.flatMap(({ host, paths }) =>
    (paths ?? []).map((path) => ({ key: `${host} ${path.path || '/'}`, host, path })),
  );
}

export interface HostPath {
  /** `shop.example.com /api`. */
  readonly key: string;
  readonly host: string;
  readonly path: IngressPath;
}

/** The Ingresses that are no canary, by host and path. */
export const mainsOf: OfInput<ReadonlyMap<string, readonly MainPath[]>> = perInput((input) =>
  groupBy(
    nginxIngresses(input)
      .filter(({ annotations }) => annotations.canary === undefined)
      .flatMap((owner) => pathsOf(owner).map((each) => ({ ...each, owner }))),
    ({ key }) => key,
  ),
);

export interface MainPath extends HostPath {
  readonly owner: NginxIngress;
}
