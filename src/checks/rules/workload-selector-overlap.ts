import { WORKLOAD_KINDS } from '../../cluster/owners.ts';
import type { WorkloadKind, WorkloadObject } from '../../k8s/kinds/workload.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { inOrderOfName, type Subject, subjectName, subjectOf } from '../subject.ts';

export const workloadSelectorOverlap: Rule = {
  name: 'workload-selector-overlap',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [...WORKLOAD_KINDS],
  what: 'Two workloads of a kind in one namespace select each other’s pods.',
  why: 'Tools that list pods by selector, and autoscalers and budgets, count the pods of both; controllers may fight over orphans.',
  fix: 'give each of them a label of its own, in selector and template',
  sources: ['kubernetes/website:content/en/docs/concepts/workloads/controllers/deployment.md'],
  examples: {
    bad: {
      manifests: manifests(workload('a', { labels: 'app: web' }), workload('b', { labels: 'app: web' })),
    },
    good: { manifests: manifests(workload('a'), workload('b')) },
  },
  run: (input) => WORKLOAD_KINDS.flatMap((kind) => (kind === 'Job' ? [] : [...overlaps(input, kind)])),
};

/** Each workload once, for the first that it overlaps with; of two the later by name. */
function* overlaps({ snapshot: { objects }, groups }: CheckInput, kind: WorkloadKind): Generator<Hit> {
  const told = new Set<string>();
  const seen = new Set<string>();
  for (const each of inOrderOfName<WorkloadObject>(objects.ofKind(kind))) {
    const subject = subjectOf(each);
    const own = subjectName(subject);
    seen.add(own);
    const { selector } = each.body;
    const selected = selector === undefined ? [] : groups.match(each.metadata.namespace, selector);
    for (const { subject: other } of selected.filter((group) => group.kind === kind)) {
      const name = subjectName(other);
      if (name === own || told.has(name) || told.has(own)) continue;
      const [later, earlier] = seen.has(name) ? [subject, other] : [other, subject];
      told.add(subjectName(later));
      yield overlap(later, earlier);
    }
  }
}

function overlap(later: Subject, earlier: Subject): Hit {
  return {
    subject: later,
    path: ['spec', 'selector'],
    message: `${subjectName(later)} and ${subjectName(earlier)} have selectors that overlap`,
    related: [{ subject: earlier, path: ['spec', 'selector'], message: 'overlaps' }],
    fact: subjectName(earlier),
  };
}
