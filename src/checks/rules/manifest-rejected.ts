import { groupBy } from '../../collections/grouping.ts';
import { containerEnvs } from '../container-envs.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type Complaint, complaintsOf, complaintText } from '../reader-complaints.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const ports = (list: string) => service('web', 'selector: {app: web}', `ports: [${list}]`);

export const manifestRejected: Rule = {
  name: 'manifest-rejected',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'The API server refuses an object.',
  why: 'It does not get into the cluster: an old version of it stays, or nothing.',
  fix: 'correct the field; the message has the words of the API server',
  sources: [
    'kubernetes/kubernetes:pkg/apis/core/validation',
    'kubernetes/kubernetes:pkg/apis/networking/validation',
  ],
  examples: {
    bad: { manifests: manifests(ports('{port: 80}, {port: 81}'), WEB) },
    good: { manifests: manifests(ports('{name: a, port: 80}, {name: b, port: 81}'), WEB) },
  },
  run(input) {
    // A dump of a cluster holds nothing that was refused.
    if (input.snapshot.profile.input === 'stored') return [];
    const ofEnvs = containerEnvs(input).flatMap(({ refused }) => refused);
    const isCertain = input.snapshot.profile.given.has('ipFamilies')
      ? () => true
      : // Nobody said which families the cluster has.
        ({ diagnostic }: Complaint) => !diagnostic.text.endsWith('not configured on this cluster');
    const complaints = [
      ...complaintsOf(input, 'invalid-field', ofEnvs).filter(isCertain),
      ...complaintsOf(input, 'unknown-kind'),
    ];
    return complaintGroups(complaints).flatMap(hitOf);
  },
};

/** One constraint that several items of a list miss is told once, at the first of them. */
function complaintGroups(complaints: readonly Complaint[]): readonly (readonly Complaint[])[] {
  const groups = groupBy(complaints, (each) => {
    const field = each.path.map((part) => (typeof part === 'number' ? '' : part)).join('.');
    return `${subjectName(each.subject)}\n${field}\n${constraintOf(each)}`;
  });
  return [...groups.values()];
}

function hitOf(group: readonly Complaint[]): readonly Hit[] {
  const [first, ...others] = group;
  if (first === undefined) return [];
  const { subject, path, diagnostic } = first;
  const [help] = diagnostic.help ?? [];
  return [
    {
      subject,
      path,
      message: `the API server refuses ${complaintText(first)}`,
      related: others.map((each) => ({ subject, path: each.path, message: constraintOf(each) })),
      fact: constraintOf(first),
      ...(help === undefined ? {} : { help: help.text }),
      ...(help?.edit === undefined ? {} : { edits: [help.edit, ...(help.also ?? [])] }),
    },
  ];
}

/** The words of the API server behind the field's name. */
function constraintOf({ diagnostic: { code, text } }: Complaint): string {
  if (code === 'unknown-kind') return text;
  return text.slice(text.indexOf(': ') + 2);
}
