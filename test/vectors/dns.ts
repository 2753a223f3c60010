/** Conformance cases about names: each kind of case is one public function. */

import type { VectorFamily } from './family.ts';
import { type PodFileVector, runPodFileVector } from './pod-files.ts';
import type { VectorResult } from './result.ts';

interface DnsFile {
  readonly vectors: readonly DnsVector[];
}

type DnsVector = PodFileVector | OtherVector;

/** Kinds that are not answered yet. */
interface OtherVector {
  readonly id: string;
  readonly kind: 'dns' | 'zone' | 'names' | 'search-order' | 'tool-search' | 'lookup';
  readonly queries?: readonly unknown[];
}

/** The family as the runner lists it. */
export const dns: VectorFamily = {
  name: 'dns',
  modelled: true,
  detects: (json) =>
    typeof json === 'object' &&
    json !== null &&
    'fixtures' in json &&
    'vectors' in json &&
    'defaults' in json,
  *run(json) {
    for (const vector of (json as DnsFile).vectors) yield* runVector(vector);
  },
};

function* runVector(vector: DnsVector): Generator<VectorResult> {
  switch (vector.kind) {
    case 'resolvconf':
    case 'parse-resolvconf':
    case 'hosts':
    case 'hostname':
      return yield runPodFileVector(vector);
    default: {
      const detail = `cases of kind ${vector.kind} are not modelled yet`;
      for (let row = 0; row < (vector.queries?.length ?? 1); row++) {
        yield { id: vector.id, status: 'skip', detail };
      }
    }
  }
}
