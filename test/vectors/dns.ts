/** Conformance cases about names: each kind of case is one public function. */

import { runNames, runQuestions, runZone } from './dns-answers.ts';
import type { AnyDnsVector, DnsFile, ServerConfig } from './dns-file.ts';
import { runLookup } from './dns-lookup.ts';
import { runSearch } from './dns-search.ts';
import type { VectorFamily } from './family.ts';
import { runPodFileVector } from './pod-files.ts';
import type { VectorResult } from './result.ts';

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
    const file = json as DnsFile;
    for (const vector of file.vectors) yield* runVector(vector, file);
  },
};

function* runVector(vector: AnyDnsVector, file: DnsFile): Generator<VectorResult> {
  const configOf = (own: Partial<ServerConfig>): ServerConfig => ({ ...file.defaults.config, ...own });
  switch (vector.kind) {
    case 'dns':
      return yield* runQuestions(vector, configOf(vector.config));
    case 'zone':
      return yield runZone(vector, configOf(vector.config));
    case 'names':
      return yield runNames(vector, configOf(vector.config));
    case 'search-order':
    case 'tool-search':
      return yield runSearch(vector);
    case 'lookup':
      return yield runLookup(vector, file.fixtures[vector.fixture] ?? [], configOf(vector.config));
    case 'resolvconf':
    case 'parse-resolvconf':
    case 'hosts':
    case 'hostname':
      return yield runPodFileVector(vector);
  }
}
