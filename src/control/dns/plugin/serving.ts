/** One question to the plugin `kubernetes`, and all that it is answered from. */

import type { ClusterNames } from '../cluster-names.ts';
import type { Asked, Found } from '../entries.ts';
import type { Ask, DnsQuestion, DnsRecord } from '../record.ts';
import type { KubernetesSettings, ServerFacts } from '../settings.ts';

export interface KubernetesParts {
  readonly names: ClusterNames;
  readonly settings: KubernetesSettings;
  readonly facts: Pick<ServerFacts, 'addresses'>;
  /** The server from its start, for targets outside the zone. */
  readonly ask: Ask;
}

/** One question, once its zone is known. */
export interface Serving extends KubernetesParts, Asked {
  /** What a name of the zone stands for. @param name lower case, absolute. */
  readonly find: (name: string) => Found;
  /** The zone's SOA. */
  readonly soa: () => DnsRecord;
  readonly question: DnsQuestion;
  /** Lower case. */
  readonly name: string;
  /** The zone as the question spells it: owners and targets repeat that. */
  readonly spelledZone: string;
}
