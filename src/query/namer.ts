/** Which object a manifest field belongs to, as answers name it: `service/shop/api`. */

import { once, onceFor } from '../collections/once.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { ManifestDocument } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import type { ObjectNamer } from './source-answer.ts';

interface Named {
  readonly object: string;
  readonly base: number;
}

type ObjectIndex = ReadonlyMap<ManifestDocument, ReadonlyMap<string, Named>>;

/** Kinds of one name in two groups are told apart in here; manifests write the same word for both. */
const WRITTEN_KINDS: ReadonlyMap<string, string> = new Map([['IstioGateway', 'Gateway']]);

/** The namer over a set of objects; its index is made at the first question about the set. */
export const objectNamer: (objects: ObjectSet) => ObjectNamer = onceFor((objects: ObjectSet): ObjectNamer => {
  const index = once(() => indexObjects(objects));
  return (ref) => {
    const inDocument = index().get(ref.document);
    return inDocument?.get('') ?? inDocument?.get(itemKey(ref));
  };
});

/** Objects stand at the top of a document or as an item of a List. */
function indexObjects(objects: ObjectSet): ObjectIndex {
  const index = new Map<ManifestDocument, Map<string, Named>>();
  for (const { kind, metadata, origin } of objects.objects) {
    const inDocument = index.get(origin.document) ?? new Map<string, Named>();
    index.set(origin.document, inDocument);
    const scope = metadata.namespace === '' ? '' : `${metadata.namespace}/`;
    const named: Named = {
      object: `${(WRITTEN_KINDS.get(kind) ?? kind).toLowerCase()}/${scope}${metadata.name}`,
      base: origin.path.length,
    };
    inDocument.set(itemKey(origin), named);
  }
  return index;
}

function itemKey(ref: SourceRef): string {
  return ref.path[0] === 'items' ? `items ${ref.path[1]}` : '';
}
