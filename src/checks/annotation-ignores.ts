/** Ignores by annotation: `ignore.k8snet/<rule>: "<reason>"` on the object, or on the template of its pods. */

import type { Labels } from '../k8s/object.ts';
import { mappingAt } from '../k8s/raw-objects.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { type FieldPath, isContainer } from '../source/document.ts';
import type { Ignore } from './ignore.ts';
import { type Subject, subjectName, subjectOf } from './subject.ts';

const PREFIX = 'ignore.k8snet/';

/** The annotations of all objects; an input without any costs one look at its text. */
export function annotationIgnores({ files, objects }: Snapshot): readonly Ignore[] {
  const named = new Set(files.filter(({ text }) => text.includes(PREFIX)));
  if (named.size === 0) return [];
  const read = objects.objects
    .filter(({ origin }) => named.has(origin.document.file))
    .flatMap((object) => {
      const subject = subjectOf(object);
      const own = ignoresIn(object.metadata.annotations, subject, []);
      if (!('template' in object.body) || object.body.template.path.length === 0) return own;
      const { annotations, path } = object.body.template;
      return [...own, ...ignoresIn(annotations, subject, path)];
    });
  const others = objects.others
    .filter(({ origin }) => named.has(origin.document.file))
    .flatMap((object) => {
      const pairs = Object.entries(mappingAt(object.raw, 'metadata', 'annotations'));
      const texts = pairs.flatMap(([key, value]) =>
        isContainer(value) ? [] : [[key, String(value)] as const],
      );
      return ignoresIn(new Map(texts), subjectOf(object), []);
    });
  return [...read, ...others];
}

/** @param below where the annotated thing stands in its object: the object itself, or its pod template. */
function ignoresIn(annotations: Labels, subject: Subject, below: FieldPath): readonly Ignore[] {
  const object = subjectName(subject);
  return [...annotations]
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, reason]) => ({
      by: 'annotation',
      rule: key.slice(PREFIX.length),
      reason: reason.trim(),
      covers: ({ hit }) =>
        subjectName(hit.subject) === object && below.every((part, at) => hit.path[at] === part),
      written: { subject, path: [...below, 'metadata', 'annotations', key] },
    }));
}
