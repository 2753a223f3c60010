import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const PREFIX = 'traffic.sidecar.istio.io/';
/** istio/api:annotation/annotations.yaml. */
const NAMES = [
  'excludeInboundPorts',
  'excludeInterfaces',
  'excludeOutboundIPRanges',
  'excludeOutboundPorts',
  'includeInboundPorts',
  'includeOutboundIPRanges',
  'includeOutboundPorts',
  'kubevirtInterfaces',
];
const INJECT = 'sidecar.istio.io/inject';
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n']);

export const istioAnnotation: Rule = {
  name: 'istio-annotation',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: [],
  what: 'An annotation about what the sidecar captures is misspelt, or has a value that cannot be one.',
  why: 'It is passed over, or keeps the pod from starting: traffic goes through the proxy that was meant to go past it, or the other way round.',
  fix: 'correct the name or the value',
  sources: ['istio/api:annotation/annotations.yaml', 'istio/istio:pkg/kube/inject/validate.go'],
  examples: {
    bad: { manifests: manifests(annotated('excludeOutboundPort')) },
    good: { manifests: manifests(annotated('excludeOutboundPorts')) },
  },
  run: (input: CheckInput) => input.groups.all.flatMap(hitsOf),
};

function annotated(name: string): string {
  const text = workload('web');
  return text.replace(
    'metadata: {labels: {app: web}}',
    `metadata: {labels: {app: web}, annotations: {${PREFIX}${name}: "3306"}}`,
  );
}

function hitsOf({ subject, template, templatePath, origin, labels }: PodGroup): readonly Hit[] {
  if (origin === undefined) return [];
  const at = (key: string) => [...templatePath, 'metadata', 'annotations', key];
  const own = [...template.annotations].flatMap(([key, value]): readonly Hit[] => {
    const problem = problemOf(key, value);
    if (problem === undefined) return [];
    const { text, help } = problem;
    return [
      {
        subject,
        path: at(key),
        message: `${key} of ${subjectName(subject)} ${text}`,
        fact: key,
        ...(help === undefined ? {} : { help }),
      },
    ];
  });
  const word = labels.get(INJECT);
  if (word === undefined || WORDS.has(word.toLowerCase())) return own;
  const path = [...templatePath, 'metadata', 'labels', INJECT];
  const message = `label ${INJECT}=${word} of ${subjectName(subject)} is none that the injector knows`;
  return [...own, { subject, path, message, fact: INJECT }];
}

function problemOf(
  key: string,
  value: string,
): { readonly text: string; readonly help?: string } | undefined {
  if (key === INJECT) {
    return WORDS.has(value.toLowerCase())
      ? undefined
      : { text: `is "${value}", which is neither true nor false` };
  }
  if (!key.startsWith(PREFIX)) return undefined;
  const name = key.slice(PREFIX.length);
  if (!NAMES.includes(name)) {
    const [near] = nearest(name, NAMES, 1);
    return {
      text: 'is no annotation that Istio reads',
      ...(near === undefined ? {} : { help: `did you mean ${PREFIX}${near}?` }),
    };
  }
  const bad = name.endsWith('Ports') ? listOf(value).find((each) => !isPort(each)) : undefined;
  return bad === undefined ? undefined : { text: `has "${bad}", which is no port` };
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== '*');
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
