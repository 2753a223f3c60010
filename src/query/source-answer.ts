/** References into manifests, as the answer prints them. */

import type { Diagnostic, DiagnosticSource, Edit, Help, SourceRole } from '../diagnostics/diagnostic.ts';
import { locate, printPath, type SourceRef } from '../source/ref.ts';
import type { DiagnosticAnswer, EditAnswer, HelpAnswer, SourceAnswer } from './answer.ts';

/** Which object a field belongs to: `service/shop/api`. */
export type ObjectNamer = (ref: SourceRef) => { readonly object: string; readonly base: number } | undefined;

/** A cited field, with its place in the file. */
export function sourceAnswer(
  ref: SourceRef,
  {
    namer,
    label,
    role,
  }: { readonly namer: ObjectNamer; readonly label?: string; readonly role?: SourceRole },
): SourceAnswer {
  const place = placed(ref, namer);
  if (label === undefined && role === undefined) return place;
  return {
    ...place,
    ...(label === undefined ? {} : { label }),
    ...(role === undefined ? {} : { role }),
  };
}

const known = new WeakMap<ObjectNamer, WeakMap<SourceRef, SourceAnswer>>();

/** Where the field stands and whose it is. A rule cites the same fields in every walk. */
function placed(ref: SourceRef, namer: ObjectNamer): SourceAnswer {
  const byRef = known.get(namer) ?? new WeakMap<SourceRef, SourceAnswer>();
  known.set(namer, byRef);
  const place = byRef.get(ref) ?? findPlace(ref, namer);
  byRef.set(ref, place);
  return place;
}

function findPlace(ref: SourceRef, namer: ObjectNamer): SourceAnswer {
  const owner = namer(ref);
  const path = printPath(ref.path.slice(owner?.base ?? 0));
  const { file, line, column, endLine, endColumn } = locate(ref);
  return {
    file,
    line,
    column,
    endLine,
    endColumn,
    ...(owner === undefined ? {} : { object: owner.object }),
    ...(path === '' ? {} : { path }),
  };
}

/** A diagnostic, with the places of its sources. */
export function diagnosticAnswer(diagnostic: Diagnostic, namer: ObjectNamer): DiagnosticAnswer {
  const { severity, code, text, sources, help } = diagnostic;
  return {
    severity,
    code,
    text,
    ...(sources.length === 0 ? {} : { sources: sources.map((source) => citedSource(source, namer)) }),
    ...(help === undefined || help.length === 0 ? {} : { help: help.map((one) => helpAnswer(one, namer)) }),
  };
}

function helpAnswer({ edit, also, ...help }: Help, namer: ObjectNamer): HelpAnswer {
  if (edit === undefined) return help;
  return {
    ...help,
    edit: editAnswer(edit, namer),
    ...(also === undefined ? {} : { also: also.map((each) => editAnswer(each, namer)) }),
  };
}

function editAnswer({ file, span, text }: Edit, namer: ObjectNamer): EditAnswer {
  const source = citedSource({ at: { file, span }, role: 'primary' }, namer);
  const { role: _, ...place } = source;
  return { source: place, ...(span.start === span.end ? { insert: text } : { replace: text }) };
}

function citedSource(source: DiagnosticSource, namer: ObjectNamer): SourceAnswer {
  const { at, role, label, object } = source;
  if ('document' in at) {
    const cited = sourceAnswer(at, { namer, role, ...(label === undefined ? {} : { label }) });
    return object === undefined ? cited : { ...cited, object };
  }
  return {
    ...locate(at),
    role,
    ...(label === undefined ? {} : { label }),
    ...(object === undefined ? {} : { object }),
  };
}
