/** The CNIs as `explain` tells of them: docs/cnis.md has the same facts. */

import type { Cni } from '../../dataplane/cni.ts';
import { CNIS } from '../../dataplane/cnis.ts';
import { UNMODELLED_CNIS } from '../../dataplane/unmodelled-cnis.ts';
import { parseCidr } from '../../net/cidr.ts';
import type { MoreWords, WordEntry } from '../explain-word.ts';

/** Any range will do to ask a CNI for its facets. */
const SOME_PODS = parseCidr('10.244.0.0/16');

/** Every CNI with its other names, and those that are known not to be modelled. */
export function cniWords(): MoreWords {
  const modelled = CNIS.flatMap((cni) => {
    const entry = entryOf(cni);
    return [cni.name, ...(cni.aliases ?? [])].map((name) => [name, entry] as const);
  });
  const others = UNMODELLED_CNIS.map((name): readonly [string, WordEntry] => [
    name,
    {
      sort: 'CNI',
      means:
        'It is not modelled: named, it is refused; where manifests show it, answers are those of flannel and say so.',
      notes: [],
    },
  ]);
  return [...modelled, ...others];
}

function entryOf({ name, text, backends, options, facets }: Cni): WordEntry {
  const { policy, unverified = [] } = facets({
    backend: backends[0]?.name ?? '',
    options: {},
    clusterCidrs: SOME_PODS === undefined ? [] : [SOME_PODS],
  });
  const quirks = policy.enforces ? [policy.engine, ...policy.quirks].join('; ') : 'none is enforced';
  return {
    sort: 'CNI',
    means: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
    notes: [
      { label: 'profile', text: `cni: {name: ${name}}, or --cni ${name}` },
      ...backends.map((backend, index) => ({
        label: index === 0 ? 'backend' : '',
        text: `${backend.name}: ${backend.text}${index === 0 && backends.length > 1 ? ' (the default)' : ''}`,
      })),
      ...options.map((option, index) => ({
        label: index === 0 ? 'option' : '',
        text: `${option.name} (${option.words?.join(', ') ?? option.type}): ${option.text}; default ${option.default}`,
      })),
      { label: 'policies', text: quirks },
      ...(unverified.length === 0 ? [] : [{ label: 'not verified', text: unverified.join('; ') }]),
    ],
  };
}
