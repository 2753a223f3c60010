/** What must hold of every input, shown on the examples of all rules. */

import { expect, test } from 'vitest';
import { RULES } from '../../src/checks/rules.ts';
import { check } from './check-text.ts';

/** The bad example of each rule that needs no settings, document by document. */
const PARTS = RULES.filter(({ examples }) => examples.bad.set === undefined).map(({ name, examples }) => ({
  name,
  text: examples.bad.manifests,
  documents: examples.bad.manifests.split(/^---\n/m),
}));

function fingerprints(files: string | Readonly<Record<string, string>>): readonly string[] {
  return check(files)
    .findings.map(({ fingerprint }) => fingerprint)
    .sort();
}

/** Rules that see files, or the order of documents as that of creation: what they say names them. */
const ORDERED: ReadonlyMap<string, string> = new Map([
  ['manifest-duplicate', 'the last of two counts, as with kubectl apply'],
  ['manifest-not-rendered', 'it is about a file'],
  ['ingress-path-conflict', 'without timestamps the first in the input is taken for the older'],
  ['ingress-path-shadowed', 'the same'],
  ['ingress-nginx-canary-same-service', 'a path of its example is shadowed: the same'],
]);

/** What this rule finds is a name that means something to everybody: that of a top-level domain. */
const NAMED: ReadonlySet<string> = new Set(['dns-namespace-shadows-domain']);

/** Words that are more than names: objects of every cluster, and what controllers, protocols and the mesh know. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['default', 'kube-system', 'kube-dns', 'istio-system', 'istio-proxy'],
  ...['nginx', 'ingress-nginx', 'controller'],
  ...['http', 'https', 'tcp', 'tcp-web'],
]);

const UNRELATED = `apiVersion: v1
kind: Namespace
metadata: {name: zz-unrelated}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: zz, namespace: zz-unrelated}
spec:
  selector: {matchLabels: {zz: zz}}
  template:
    metadata: {labels: {zz: zz}}
    spec: {containers: [{name: zz, image: zz}]}
`;

test.each(PARTS.filter(({ name }) => !ORDERED.has(name)))(
  'splitting, reordering and indenting files keeps fingerprints: $name',
  ({ text, documents }) => {
    const split = documents
      .toReversed()
      .map((document, index) => [`dir/${index}.yaml`, `# comment\n\n${document}`]);
    expect(fingerprints(Object.fromEntries(split))).toEqual(fingerprints(text));
  },
);

test.each(PARTS)('an unrelated namespace adds nothing: $name', ({ text }) => {
  const before = new Set(fingerprints(text));
  const after = fingerprints({ 'in.yaml': text, 'more.yaml': UNRELATED });
  expect(after.filter((each) => !before.has(each))).toEqual([]);
});

test.each(PARTS.filter(({ name }) => !NAMED.has(name)))(
  'renaming everything keeps the findings: $name',
  ({ text }) => {
    const told = (manifests: string) =>
      check(manifests)
        .findings.map(({ rule, path, severity }) => `${rule} ${severity} ${path}`)
        .sort();
    expect(told(renamed(text))).toEqual(told(text));
  },
);

/** The same manifests with another name for each object and namespace, wherever the name stands. */
function renamed(text: string): string {
  const names = [...text.matchAll(/\bname(?:space)?: "?([a-z][a-z0-9-]*)"?/g)].map((match) => match[1] ?? '');
  const words = [...new Set(names)].filter((name) => !RESERVED.has(name));
  return words.reduce((result, name) => {
    // Not a key, and not a part of a longer word; a name within a host name is one.
    const value = new RegExp(`(?<![\\w-])${name}(?![\\w-]|:\\s|:$)`, 'gm');
    const variable = new RegExp(
      `(?<=\\$\\()${name.toUpperCase().replaceAll('-', '_')}(?=_SERVICE_|_PORT)`,
      'g',
    );
    return result.replace(value, `zz${name}`).replace(variable, (part) => `ZZ${part}`);
  }, text);
}
