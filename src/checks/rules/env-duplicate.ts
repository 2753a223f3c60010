import { expandReferences } from '../../control/env/expand.ts';
import type { EnvEntry } from '../../k8s/container-env.ts';
import { containerEnvs, type WrittenEnv } from '../container-envs.ts';
import { workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const web = (second: string) =>
  workload('web', { container: [`env: [{name: A, value: "1"}, {name: A, value: "${second}"}]`] });

export const envDuplicate: Rule = {
  name: 'env-duplicate',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'A container sets a variable twice, and the second entry does not use the first.',
  why: 'The later one hides the earlier one; kubectl apply may also mix them up, since it merges by name.',
  fix: 'remove one of them',
  sources: ['kubernetes/kubernetes:pkg/api/pod/warnings.go'],
  examples: { bad: { manifests: web('2') }, good: { manifests: web('$(A) 2') } },
  run: (input) => containerEnvs(input).flatMap((env) => [...hitsOf(env)]),
};

function* hitsOf({ group, container, written }: WrittenEnv): Generator<Hit> {
  const first = new Map<string, EnvEntry>();
  for (const entry of written.env) {
    const earlier = first.get(entry.name);
    if (earlier === undefined) first.set(entry.name, entry);
    else if (!appends(entry)) {
      yield {
        subject: group.subject,
        path: [...entry.path, 'name'],
        message: `container ${container.name} of ${subjectName(group.subject)} sets ${entry.name} twice: the earlier one is hidden`,
        related: [{ subject: group.subject, path: [...earlier.path, 'name'], message: 'is hidden' }],
        fact: entry.name,
      };
    }
  }
}

/** `PATH: $(PATH):/more`. */
function appends({ name, value }: EnvEntry): boolean {
  return expandReferences(value, () => undefined).references.some((reference) => reference.name === name);
}
