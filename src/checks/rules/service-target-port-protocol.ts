import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { portName, printContainerPort } from '../services.ts';
import { subjectName } from '../subject.ts';
import {
  type DeclaredPort,
  declaredPort,
  namedTargets,
  type TargetPort,
  targetPorts,
} from '../target-ports.ts';

const DNS = workload('dns', { ports: '[{name: dns, containerPort: 53, protocol: UDP}]' });

export const serviceTargetPortProtocol: Rule = {
  name: 'service-target-port-protocol',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'The selected pods declare the target port of a Service, but only with another protocol.',
  why: 'A name means a port of its own protocol, so that there is no endpoint; a number leads to a port on which nothing may listen.',
  fix: 'write the protocol of the containerPort',
  sources: ['kubernetes/endpointslice:utils.go FindPort'],
  examples: {
    bad: {
      manifests: manifests(
        service('dns', 'selector: {app: dns}', 'ports: [{port: 53, targetPort: dns}]'),
        DNS,
      ),
    },
    good: {
      manifests: manifests(
        service('dns', 'selector: {app: dns}', 'ports: [{port: 53, targetPort: dns, protocol: UDP}]'),
        DNS,
      ),
    },
  },
  run: (input) => [...named(input), ...numbered(input)],
};

function named(input: CheckInput): readonly Hit[] {
  return namedTargets(input).flatMap((target) =>
    target.having.length > 0 || target.otherProtocol === undefined
      ? []
      : [hitOf(target, target.otherProtocol)],
  );
}

function numbered(input: CheckInput): readonly Hit[] {
  return targetPorts(input).flatMap((target) => {
    const { port, groups } = target;
    const isTarget = ({ containerPort }: { readonly containerPort: number }) =>
      containerPort === port.targetPort;
    const declared = declaredPort(groups, isTarget);
    const isDeclared = groups.some(({ ports }) =>
      ports.some((each) => isTarget(each) && each.protocol === port.protocol),
    );
    return declared === undefined || isDeclared
      ? []
      : [{ ...hitOf(target, declared), severity: 'warning' as const }];
  });
}

function hitOf({ subject, port }: TargetPort, { group, port: declared }: DeclaredPort): Hit {
  const asked = `${port.targetPort}/${port.protocol.toUpperCase()}`;
  return {
    subject,
    path: port.path,
    message: `${portName(port)} of ${subjectName(subject)} targets ${asked}, but ${subjectName(group.subject)} declares ${printContainerPort(declared)}`,
    related: [
      { subject: group.subject, path: declared.path, message: `declares ${printContainerPort(declared)}` },
    ],
    fact: asked,
    help: `protocol: ${declared.protocol.toUpperCase()}`,
  };
}
