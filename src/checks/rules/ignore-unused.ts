import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

/** Its hits are made where ignores are applied (ignores.ts). */
export const ignoreUnused: Rule = {
  name: 'ignore-unused',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'An annotation, comment or entry of the profile ignores a rule, but hides no finding, or gives no reason.',
  why: 'What it was written for is mended, or it never fitted: left there, it hides the next finding of that rule.',
  fix: 'remove it',
  examples: {
    bad: {
      manifests: manifests(
        workload('web', { ports: '[{containerPort: 80}]' }),
        SERVICE.replace(
          '{name: web}',
          '{name: web, annotations: {ignore.k8snet/service-no-backends: later}}',
        ),
      ),
    },
    good: {
      manifests: manifests(
        workload('api', { ports: '[{containerPort: 80}]' }),
        SERVICE.replace(
          '{name: web}',
          '{name: web, annotations: {ignore.k8snet/service-no-backends: later}}',
        ),
      ),
    },
  },
  run: () => [],
};
