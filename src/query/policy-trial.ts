/** An edit of the manifests, tried: the policies as they would be. */

import type { Edit } from '../diagnostics/diagnostic.ts';
import { readObjects } from '../k8s/read.ts';
import { compilePolicies, inTierOrder } from '../policy/compile.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import { indexPolicies, type PolicyIndex, replacePolicies } from '../policy/policy-index.ts';
import type { Span } from '../source/document.ts';
import type { SourceFile } from '../source/file.ts';
import type { SourceRef } from '../source/ref.ts';
import { readDocuments } from '../source/yaml.ts';
import type { ProposedEdit } from './policy-edits.ts';
import type { Snapshot } from './snapshot.ts';

/** An edit, made. */
export interface Trial {
  /** The policies as they are then. */
  readonly after: PolicyIndex;
  /** Those that the edit wrote, or wrote otherwise. */
  readonly changed: readonly CompiledPolicy[];
  /** Those that it wrote otherwise, as they were. */
  readonly replaced: readonly CompiledPolicy[];
}

/** The policies of the snapshot as they are once the edit is made. Only the edited object is read again. */
export function tryEdit(snapshot: Snapshot, { edit, policy }: ProposedEdit): Trial {
  const { cluster, policies } = snapshot;
  const item = policy === undefined ? undefined : listItemOf(policy.origin);
  const ofItem = item === undefined || hasAnchor(edit.file, item) ? [] : readEdited(snapshot, edit, item);
  // An item that means something only inside its list (a typed list, an alias), or that others mean, is read with it.
  const isWhole = ofItem.length === 0;
  const edited = isWhole ? readEdited(snapshot, edit, policy?.origin.document.span) : ofItem;
  const replaced = (policy === undefined ? [] : policies.inDocument(policy.origin.document)).filter(
    ({ origin: { path } }) => isWhole || path[1] === policy?.origin.path[1],
  );
  const same = new Set(replaced.map(identityAndContent));
  return {
    after: isOrdered(edited)
      ? indexPolicies(inTierOrder([...without(policies, replaced), ...edited]), cluster, policies.settings)
      : replacePolicies(policies, { removed: new Set(replaced), added: edited }),
    changed: edited.filter((each) => !same.has(identityAndContent(each))),
    replaced,
  };
}

function without({ policies }: PolicyIndex, left: readonly CompiledPolicy[]): readonly CompiledPolicy[] {
  const out = new Set(left);
  return policies.filter((policy) => !out.has(policy));
}

/** Is one of them of a tier whose policies have an order? */
function isOrdered(policies: readonly CompiledPolicy[]): boolean {
  return policies.some(({ reading }) => reading === 'first-match');
}

/** Where the object stands, if it is an item of a List. */
function listItemOf({ document, path }: SourceRef): Span | undefined {
  const [list, index] = path;
  return list === 'items' && index !== undefined ? document.locate([list, index], 'value') : undefined;
}

/** May an alias in another item of the list stand for a part of this one? */
function hasAnchor({ text }: SourceFile, { start, end }: Span): boolean {
  return /(?:^|[\s[{,])&[^\s&]/.test(text.slice(start, end));
}

/** The policies in a part of the file once the edit is made; without a part, in what the edit adds. */
function readEdited({ profile }: Snapshot, edit: Edit, part: Span | undefined): readonly CompiledPolicy[] {
  const silent = () => {};
  const text = part === undefined ? edit.text : editedText(edit, part);
  const options = { namespace: profile.namespace, defaults: profile.input === 'authored' };
  const documents = readDocuments({ name: edit.file.name, text }, silent);
  return compilePolicies(readObjects(documents, options, silent));
}

/** The part with the edit made; the first line of an item in block style stands where its others do. */
function editedText({ file, span, text }: Edit, part: Span): string {
  const lineStart = file.text.lastIndexOf('\n', part.start - 1) + 1;
  const dash = /^[ -]*$/.exec(file.text.slice(lineStart, part.start))?.[0] ?? '';
  const before = ' '.repeat(dash.length) + file.text.slice(part.start, span.start);
  return before + text + file.text.slice(span.end, Math.max(span.end, part.end));
}

/** What the policy is and says, without the places where it says it. */
function identityAndContent({ kind, namespace, name, direction, subject, rules }: CompiledPolicy): string {
  return JSON.stringify([kind, namespace, name, direction, subject, rules], (key, value) => {
    if (key === 'origin') return undefined;
    // The bits of IPv6 addresses.
    if (typeof value === 'bigint') return String(value);
    return value instanceof Map ? [...value] : value;
  });
}
