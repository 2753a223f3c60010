import { replaceValue } from '../../query/text-edit.ts';
import { refTo } from '../../source/ref.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { portName, portsEvidence, printContainerPort } from '../services.ts';
import { subjectName } from '../subject.ts';
import { namedTargets } from '../target-ports.ts';

const PORTS = '[{name: http, containerPort: 8080}]';

export const serviceTargetPortMissing: Rule = {
  name: 'service-target-port-missing',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'The targetPort of a Service is a name that no selected pod gives to any of its ports.',
  why: 'No pod is an endpoint of this port: connections to it are refused.',
  fix: 'give the containerPort that name, or write the name that the pods have',
  sources: ['kubernetes/endpointslice:utils.go FindPort'],
  examples: {
    bad: {
      manifests: manifests(
        service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: https}]'),
        workload('web', { ports: PORTS }),
      ),
    },
    good: {
      manifests: manifests(
        service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: http}]'),
        workload('web', { ports: PORTS }),
      ),
    },
  },
  run: (input) =>
    namedTargets(input).flatMap(({ service: object, subject, port, groups, having, otherProtocol }) => {
      if (having.length > 0 || otherProtocol !== undefined) return [];
      const declared = groups.flatMap(({ ports }) => ports).filter(({ name }) => name !== undefined);
      const names = [...new Set(declared.map(printContainerPort))];
      const fitting = new Set(
        declared.filter(({ protocol }) => protocol === port.protocol).flatMap(({ name }) => name ?? []),
      );
      const [only] = fitting.size === 1 ? fitting : [];
      const path = [...port.path, 'targetPort'];
      const edit = only === undefined ? undefined : replaceValue(refTo(object.origin, ...path), only);
      return [
        {
          subject,
          path,
          message: `${portName(port)} of ${subjectName(subject)} targets "${port.targetPort}", which no selected pod declares (declared: ${names.join(', ') || 'no port by name'})`,
          related: groups.map(portsEvidence),
          fact: String(port.targetPort),
          ...(only === undefined ? {} : { help: `targetPort: ${only}` }),
          ...(edit === undefined ? {} : { edits: [edit] }),
        },
      ];
    }),
};
