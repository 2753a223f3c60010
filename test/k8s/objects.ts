import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { KnownKind, ObjectOfKind } from '../../src/k8s/kinds.ts';
import { type ObjectSet, readObjects } from '../../src/k8s/read.ts';
import { locate } from '../../src/source/ref.ts';
import { readDocuments } from '../../src/source/yaml.ts';

export interface ReadSet extends ObjectSet {
  readonly diagnostics: readonly Diagnostic[];
}

/** The objects of texts, read as files `0.yaml`, `1.yaml`, … */
export function readTexts(texts: readonly string[], options: { readonly stored?: boolean } = {}): ReadSet {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
  const documents = texts.flatMap((text, index) => readDocuments({ name: `${index}.yaml`, text }, report));
  const set = readObjects(documents, { namespace: 'shop', defaults: !options.stored }, report);
  return Object.assign(set, { diagnostics });
}

/** The only object of a kind in a text. */
export function readOne<Kind extends KnownKind>(
  kind: Kind,
  text: string,
  options: { readonly stored?: boolean } = {},
): ObjectOfKind<Kind> {
  const set = readTexts([text], options);
  const [object, ...more] = set.ofKind(kind);
  if (object === undefined || more.length > 0)
    throw new Error(`not one ${kind}: ${printDiagnostics(set.diagnostics)}`);
  return object;
}

/** `line:column text` of each diagnostic, all its places first. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ text, sources }) => {
    const places = sources.map(({ at }) => locate(at)).map(({ line, column }) => `${line}:${column}`);
    return `${places.join(' ')} ${text}`;
  });
}
