import { readEnum, readSection } from '../fields.ts';
import type { KindReader } from '../object.ts';
import { CALICO_API, CALICO_STORED, readOrder } from '../policy-parts/calico-policy.ts';

export interface TierBody {
  /** The lowest comes first; without one it comes last. */
  readonly order?: number;
  /** What becomes of that which no rule of the tier matches, at pods that one of its policies selects. */
  readonly defaultAction: 'Deny' | 'Pass';
}

/** A tier of Calico's policies. */
export const tierReader: KindReader<'Tier', TierBody> = {
  kind: 'Tier',
  apiVersions: CALICO_API,
  stillServed: CALICO_STORED,
  namespaced: false,
  read: (fields) => {
    const spec = readSection(fields, 'spec');
    const order = readOrder(spec);
    return {
      ...(order === undefined ? {} : { order }),
      defaultAction: readEnum(spec, 'defaultAction', ['Deny', 'Pass']) ?? 'Deny',
    };
  },
};
