import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';

/** Its findings are made of those of other rules that a gate stands before (gates.ts). */
export const referenceOutsideInput: Rule = {
  name: 'reference-outside-input',
  severity: 'info',
  precision: 'closed-world',
  tier: 1,
  kinds: [],
  what: 'Another rule would say that something is missing, but the input may not be the whole cluster.',
  why: 'Nothing happens where the missing objects exist outside the input; where they do not, the other rule is right.',
  fix: 'where the input is complete, say so: --closed, or assume.complete',
  examples: {
    bad: {
      manifests: manifests(
        service('db', 'selector: {cluster-name: db}', 'ports: [{port: 5432}]'),
        workload('web'),
        object('acid.zalan.do/v1', 'postgresql', 'db', ['spec: {numberOfInstances: 2}']),
      ),
    },
    good: {
      manifests: manifests(
        service('db', 'selector: {app: db}', 'ports: [{port: 5432}]'),
        workload('db', { ports: '[{containerPort: 5432}]' }),
        object('acid.zalan.do/v1', 'postgresql', 'db', ['spec: {numberOfInstances: 2}']),
      ),
    },
  },
  run: () => [],
};
