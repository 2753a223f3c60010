/** Services by their bare name, over all namespaces. */

import { type OfInput, perInput } from './check-input.ts';
import type { ServiceObject } from './services.ts';

/** The Services of the input that have a name, in the order of the input. */
export const servicesByName: OfInput<ReadonlyMap<string, readonly ServiceObject[]>> = perInput(
  ({ snapshot }) => {
    const byName = new Map<string, ServiceObject[]>();
    for (const each of snapshot.objects.ofKind('Service')) {
      const known = byName.get(each.metadata.name);
      if (known === undefined) byName.set(each.metadata.name, [each]);
      else known.push(each);
    }
    return byName;
  },
);
