import { service } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { isTargetDefaulted } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const external = (port: string) =>
  service('api', 'type: ExternalName', 'externalName: api.example.com', `ports: [{${port}}]`);

export const serviceExternalNamePort: Rule = {
  name: 'service-external-name-port',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'A Service of type ExternalName has a targetPort other than its port.',
  why: 'Clients get another name and dial it themselves: no port is translated.',
  fix: 'leave targetPort out, and let clients dial the port that the other side has',
  examples: {
    bad: { manifests: external('port: 80, targetPort: 8443') },
    good: { manifests: external('port: 443') },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      if (each.body.type !== 'ExternalName') return [];
      const subject = subjectOf(each);
      return each.body.ports
        .filter((port) => !isTargetDefaulted(each, port) && port.targetPort !== port.port)
        .map(({ port, targetPort, path }) => ({
          subject,
          path: [...path, 'targetPort'],
          message: `${subjectName(subject)} is an ExternalName: ${port} is never translated to ${targetPort}`,
          fact: `${port} ${targetPort}`,
        }));
    }),
};
