import { refTo, valueAt } from '../../source/ref.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { type Complaint, complaintsOf, complaintText } from '../reader-complaints.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const web = (distribution: string) =>
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]', `trafficDistribution: ${distribution}`);

/** Of what other rules say too (external addresses, ignored fields, ports twice) nothing is said here. */
export const apiWarning: Rule = {
  name: 'api-warning',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: [],
  what: 'The API server takes an object, but warns: old versions, unknown fields, old names of values, fields that do nothing without another one.',
  why: 'What it warns of has no effect, or will have none in a later release.',
  fix: 'write what the message says',
  sources: [
    'kubernetes/kubernetes:pkg/api/service/warnings.go',
    'kubernetes/kubernetes:pkg/api/pod/warnings.go',
  ],
  examples: {
    bad: { manifests: manifests(web('PreferClose'), WEB), set: ['kubernetes=1.35'] },
    good: { manifests: manifests(web('PreferSameZone'), WEB), set: ['kubernetes=1.35'] },
  },
  run: (input) =>
    input.snapshot.profile.input === 'stored'
      ? []
      : [
          ...reported(input),
          ...oldDistributions(input),
          ...input.groups.all.flatMap((group) => podWarnings(group)),
        ],
};

function reported(input: CheckInput): readonly Hit[] {
  return (['unknown-field', 'deprecated-version', 'doubtful-value'] as const).flatMap((code) =>
    complaintsOf(input, code)
      .filter((each) => code !== 'deprecated-version' || isBuiltIn(each))
      .map((each) => ({
        subject: each.subject,
        path: each.path,
        message: complaintText(each),
        fact: each.diagnostic.text,
        ...(each.diagnostic.help?.[0] === undefined ? {} : { help: each.diagnostic.help[0].text }),
      })),
  );
}

/** A custom resource may be served in several versions. */
function isBuiltIn({ subject: { origin } }: Complaint): boolean {
  const version = origin === undefined ? '' : valueAt(refTo(origin, 'apiVersion'));
  return typeof version === 'string' && BUILT_IN.test(version);
}

const BUILT_IN = /^(?:(?:apps|batch|extensions|networking\.k8s\.io|discovery\.k8s\.io)\/)?v\d\w*$/;

/** Since Kubernetes 1.34 (KEP-3015). */
function oldDistributions({ snapshot: { objects, profile } }: CheckInput): readonly Hit[] {
  if (Number(profile.kubernetes.split('.')[1]) < 34) return [];
  return objects
    .ofKind('Service')
    .filter(({ body }) => body.trafficDistribution === 'PreferClose')
    .map((each) => ({
      subject: subjectOf(each),
      path: ['spec', 'trafficDistribution'],
      message: `${subjectName(subjectOf(each))}: PreferClose is deprecated, use PreferSameZone`,
      help: 'trafficDistribution: PreferSameZone',
    }));
}

function podWarnings({ subject, origin, ports, spec }: PodGroup): readonly Hit[] {
  if (origin === undefined) return [];
  const lonely = ports
    .filter(({ hostIp, hostPort }) => hostIp !== undefined && hostPort === undefined)
    .map(({ path }) => ({
      subject,
      path: [...path, 'hostIP'],
      message: `${subjectName(subject)}: hostIP does nothing without hostPort`,
      help: 'add hostPort, or remove hostIP',
    }));
  const seen = new Set<string>();
  const twice = (spec.hostAliases ?? []).filter(({ ip }) => {
    const isKnown = seen.has(ip);
    seen.add(ip);
    return isKnown;
  });
  return [
    ...lonely,
    ...twice.map(({ ip, path }) => ({
      subject,
      path: [...path, 'ip'],
      message: `${subjectName(subject)}: hostAliases has ${ip} twice`,
      fact: ip,
      help: 'put all host names of an address into one entry',
    })),
  ];
}
