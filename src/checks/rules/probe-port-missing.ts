import { replaceValue } from '../../query/text-edit.ts';
import { refTo } from '../../source/ref.ts';
import { workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type ProbePort, probePorts } from '../probes.ts';
import type { Rule } from '../rule.ts';
import { printContainerPort } from '../services.ts';
import { subjectName } from '../subject.ts';

const probed = (port: string) =>
  workload('web', {
    ports: '[{name: http, containerPort: 8080}]',
    container: [`readinessProbe: {httpGet: {path: /, port: ${port}}}`],
  });

export const probePortMissing: Rule = {
  name: 'probe-port-missing',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'A probe asks a port by a name that its container does not declare.',
  why: 'The probe fails each time: the container is never ready, or is killed again and again.',
  fix: 'write the name of a port of the same container, or its number',
  sources: ['kubernetes/kubernetes:pkg/probe/util.go ResolveContainerPort'],
  examples: { bad: { manifests: probed('web') }, good: { manifests: probed('http') } },
  run: (input) =>
    probePorts(input)
      // The kubelet takes a name of digits for a number.
      .filter(({ port }) => typeof port === 'string' && !/^\d+$/.test(port))
      .filter(({ container, port }) => !container.ports.some(({ name }) => name === port))
      .map(hitOf),
};

function hitOf({ group, container, probe, port, path }: ProbePort): Hit {
  const { subject, origin } = group;
  const declared = container.ports.map(printContainerPort).join(', ') || 'no port';
  const names = container.ports.flatMap(({ name }) => name ?? []);
  const [only] = names.length === 1 ? names : [];
  const edit =
    only === undefined || origin === undefined ? undefined : replaceValue(refTo(origin, ...path), only);
  const field = container.ports.length === 0 ? 'name' : 'ports';
  return {
    subject,
    path,
    message: `the ${probe} of container ${container.name} of ${subjectName(subject)} asks port "${port}", but the container declares ${declared}`,
    related: [{ subject, path: [...container.path, field], message: `declares ${declared}` }],
    fact: String(port),
    ...(only === undefined ? {} : { help: `port: ${only}` }),
    ...(edit === undefined ? {} : { edits: [edit] }),
  };
}
