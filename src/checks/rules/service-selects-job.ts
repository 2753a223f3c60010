import { manifests, object, service, workload } from '../example-manifests.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { selectingServices } from '../services.ts';
import { subjectName } from '../subject.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]');
const WEB = workload('web', { ports: '[{containerPort: 8080}]' });
const job = (app: string) =>
  object('batch/v1', 'Job', 'migrate', [
    'spec:',
    '  template:',
    `    metadata: {labels: {app: ${app}}}`,
    '    spec: {restartPolicy: Never, containers: [{name: main, image: migrate}]}',
  ]);

export const serviceSelectsJob: Rule = {
  name: 'service-selects-job',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Job', 'CronJob'],
  what: 'A Service selects the pods of a Job beside those of a workload that keeps running.',
  why: 'While the Job runs, a part of the connections goes to its pods, which do something else.',
  fix: 'give the pods of the Job other labels, or narrow the selector',
  examples: {
    bad: { manifests: manifests(SERVICE, WEB, job('web')) },
    good: { manifests: manifests(SERVICE, WEB, job('migrate')) },
  },
  run: (input) =>
    selectingServices(input).flatMap(({ subject, groups }) => {
      const jobs = groups.filter(isJob);
      if (jobs.length === 0 || jobs.length === groups.length) return [];
      const names = jobs.map((group) => subjectName(group.subject)).join(', ');
      return [
        {
          subject,
          path: ['spec', 'selector'],
          message: `${subjectName(subject)} also selects the pods of ${names}`,
          related: jobs.map((group) => ({
            subject: group.subject,
            path: [...group.templatePath, 'metadata', 'labels'],
            message: 'has the labels too',
          })),
          fact: names,
        },
      ];
    }),
};

function isJob({ kind }: PodGroup): boolean {
  return kind === 'Job' || kind === 'CronJob';
}
