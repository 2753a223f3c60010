/** What the readers of manifests reported, by the object that it is about. */

import { addTo, groupBy } from '../collections/grouping.ts';
import type { DiagnosticCode } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { OtherObject } from '../k8s/object.ts';
import type { ManifestDocument } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import type { Hit } from './hit.ts';
import { type Subject, subjectName, subjectOf } from './subject.ts';

/** A report about a field of an object. */
export interface Complaint {
  readonly diagnostic: Diagnostic;
  readonly subject: Subject;
  readonly path: Hit['path'];
}

/** The reports with a code, each at the field of its object; those about no object are left out. */
export function complaintsOf(
  input: CheckInput,
  code: DiagnosticCode,
  more: readonly Diagnostic[] = [],
): readonly Complaint[] {
  const { diagnostics } = input.snapshot;
  return [...diagnostics, ...more].flatMap((diagnostic) => {
    const [first] = diagnostic.sources;
    if (diagnostic.code !== code || first === undefined || !('document' in first.at)) return [];
    const subject = ownerOf(input, first.at);
    if (subject?.origin === undefined) return [];
    return [{ diagnostic, subject, path: first.at.path.slice(subject.origin.path.length) }];
  });
}

/** Objects by the document that they are in; a List has several. */
const objectsByDocument: OfInput<ReadonlyMap<ManifestDocument, readonly Subject[]>> = perInput(
  ({ snapshot }) => {
    const byDocument = new Map<ManifestDocument, Subject[]>();
    for (const object of snapshot.objects.objects) {
      addTo(byDocument, object.origin.document, subjectOf(object));
    }
    return byDocument;
  },
);

/** Objects that no reader knows; nothing of them is looked at. */
const othersByDocument: OfInput<ReadonlyMap<ManifestDocument, readonly OtherObject[]>> = perInput(
  ({ snapshot }) => groupBy(snapshot.objects.others, ({ origin }) => origin.document),
);

/** The object of the field; of one that was replaced or left out, what its document says. */
function ownerOf(input: CheckInput, at: SourceRef): Subject | undefined {
  const holds = ({ path }: SourceRef) => path.every((part, index) => at.path[index] === part);
  const known = objectsByDocument(input).get(at.document) ?? [];
  const own = known.find(({ origin }) => origin !== undefined && holds(origin));
  if (own !== undefined) return own;
  const other = othersByDocument(input)
    .get(at.document)
    ?.find(({ origin }) => holds(origin));
  return other === undefined ? undefined : subjectOf(other);
}

/** A message that begins with the object, whatever the reader's own begins with. */
export function complaintText({ subject, diagnostic }: Complaint): string {
  return `${subjectName(subject)}: ${diagnostic.text}`;
}
