/** Services by their bare name, over all namespaces. */

import { groupBy } from '../collections/grouping.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { ServiceObject } from './services.ts';

/** The Services of the input that have a name, in the order of the input. */
export const servicesByName: OfInput<ReadonlyMap<string, readonly ServiceObject[]>> = perInput(
  ({ snapshot }) => groupBy(snapshot.objects.ofKind('Service'), ({ metadata }) => metadata.name),
);
