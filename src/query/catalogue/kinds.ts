/** The kinds of objects as `explain` tells of them: docs/kinds.md has the same facts. */

import { READERS } from '../../k8s/kinds.ts';
import { type Concern, UNMODELLED_KINDS } from '../../k8s/unmodelled-kinds.ts';
import type { MoreWords, WordEntry } from '../explain-word.ts';

const CONCERNS: Readonly<Record<Concern, string>> = {
  policy: 'which packets pass',
  egress: 'how packets leave the cluster',
  services: 'where a Service leads',
  mesh: 'what the proxies of a mesh do',
};

/** Every kind that is read, and every one that is known not to be modelled. */
export function kindWords(): MoreWords {
  const read = Object.values(READERS).map(
    ({ kind, apiVersions, stillServed = [], namespaced, writtenKind }): readonly [string, WordEntry] => [
      kind,
      {
        sort: 'kind',
        means: 'It is read, and counts in every answer.',
        notes: [
          ...(writtenKind === undefined ? [] : [{ label: 'written as', text: writtenKind }]),
          { label: 'versions', text: [...new Set([...apiVersions, ...stillServed])].join(', ') },
          { label: 'in a namespace', text: namespaced ? 'yes' : 'no' },
        ],
      },
    ],
  );
  const others = UNMODELLED_KINDS.map(({ kind, groups, concern, scope }): readonly [string, WordEntry] => [
    kind,
    {
      sort: 'kind',
      means:
        'It is not modelled: an answer that it could change says so at its line, and --strict refuses to answer.',
      notes: [
        { label: 'groups', text: groups.join(', ') },
        { label: 'can change', text: CONCERNS[concern] },
        { label: 'pods of', text: scope === 'cluster' ? 'the whole cluster' : 'its namespace' },
      ],
    },
  ]);
  return [...read, ...others];
}
