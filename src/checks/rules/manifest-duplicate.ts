import type { SourceRef } from '../../source/ref.ts';
import { locate } from '../../source/ref.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type Complaint, complaintsOf } from '../reader-complaints.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const web = (name: string, port: number) => service(name, 'selector: {app: web}', `ports: [{port: ${port}}]`);
const WEB = workload('web');

export const manifestDuplicate: Rule = {
  name: 'manifest-duplicate',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'An object of one kind, namespace and name is written twice with different contents.',
  why: 'The last one that kubectl apply reads is the one that counts: the order of the files decides.',
  fix: 'remove one of them; alternatives (overlays, variants) are to be checked one by one: -f each of them',
  examples: {
    bad: { manifests: manifests(web('web', 80), web('web', 81), WEB) },
    good: { manifests: manifests(web('web', 80), web('web-v2', 81), WEB) },
  },
  run: (input) => complaintsOf(input, 'duplicate-object').flatMap(hitsOf),
};

function hitsOf({ subject, path, diagnostic }: Complaint): readonly Hit[] {
  const other = diagnostic.sources[1]?.at;
  if (other === undefined || !('document' in other) || subject.origin === undefined) return [];
  const isSame = textOf(subject.origin) === textOf(originOf(other));
  const { file, line } = locate(other);
  return [
    {
      subject,
      path,
      // Many bring their namespace along: the two differ in labels at most, and nothing is lost but those.
      ...(isSame || subject.kind === 'Namespace' ? { severity: 'warning' as const } : {}),
      message: `${subjectName(subject)} is written twice, ${isSame ? 'with the same text' : 'with different contents'}: also in ${file}:${line}`,
      related: [
        {
          subject: { ...subject, origin: originOf(other) },
          path: ['metadata', 'name'],
          message: 'is replaced',
        },
      ],
    },
  ];
}

/** The object of a place `metadata.name`. */
function originOf({ document, path }: SourceRef): SourceRef {
  return { document, path: path.slice(0, -2) };
}

/** Without separators, comments and empty lines. */
function textOf({ document, path }: SourceRef): string {
  const { start, end } = path.length === 0 ? document.span : document.locate(path, 'value');
  return document.file.text
    .slice(start, end)
    .split('\n')
    .filter((line) => !/^(?:---|\s*#|\s*$)/.test(line))
    .map((line) => line.trimEnd())
    .join('\n');
}
