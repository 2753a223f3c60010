/** Services that the API server itself calls: admission webhooks, aggregated APIs, conversion of custom resources. */

import type { OtherObject } from '../k8s/object.ts';
import { mappingAt, mappingsAt, rawObjectsOfKind } from '../k8s/raw-objects.ts';
import type { FieldPath } from '../source/document.ts';
import { type OfInput, perInput } from './check-input.ts';
import { type Subject, subjectOf } from './subject.ts';

export interface WebhookService {
  /** Who names it. */
  readonly subject: Subject;
  readonly path: FieldPath;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

const HTTPS = 443;

/** Every Service that an object of the input has the API server call. */
export const webhookServices: OfInput<readonly WebhookService[]> = perInput(({ snapshot }) => {
  const { objects } = snapshot;
  const of = (kind: string) => rawObjectsOfKind(objects, kind);
  return [
    ...of('ValidatingWebhookConfiguration').flatMap(admission),
    ...of('MutatingWebhookConfiguration').flatMap(admission),
    ...of('APIService').flatMap((object) => serviceAt(object, mappingAt(object.raw, 'spec'), ['spec'])),
    ...of('CustomResourceDefinition').filter(converts).flatMap(conversion),
  ];
});

function admission(object: OtherObject): readonly WebhookService[] {
  return mappingsAt(object.raw, 'webhooks').flatMap((webhook, index) =>
    serviceAt(object, mappingAt(webhook, 'clientConfig'), ['webhooks', index, 'clientConfig']),
  );
}

const CONVERTS = /strategy["']?:\s*["']?Webhook/;

/** Definitions are long, and few of them convert: the text of the file tells without reading them. */
function converts({ origin }: OtherObject): boolean {
  return CONVERTS.test(origin.document.file.text);
}

function conversion(object: OtherObject): readonly WebhookService[] {
  const path = ['spec', 'conversion', 'webhook', 'clientConfig'];
  return serviceAt(object, mappingAt(object.raw, ...path), path);
}

function serviceAt(object: OtherObject, parent: unknown, path: FieldPath): readonly WebhookService[] {
  const { namespace, name, port } = mappingAt(parent, 'service');
  if (typeof namespace !== 'string' || typeof name !== 'string') return [];
  const number = typeof port === 'number' ? port : HTTPS;
  // All of these kinds are of the whole cluster.
  const subject = { ...subjectOf(object), namespace: '' };
  return [{ subject, path: [...path, 'service'], namespace, name, port: number }];
}
