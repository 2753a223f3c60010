/** What is measured, by the names that `--only` takes. Each case prints its own lines. */

import { checks } from './check.ts';
import { CLUSTERS } from './clusters.ts';
import { doubling } from './matrix.ts';
import { routes } from './routes.ts';
import { rules } from './rules.ts';
import { smallObjects } from './small-objects.ts';
import { crdHeavy, shop, startUp } from './whole-process.ts';

export const CASES: Readonly<Record<string, () => void>> = {
  'start-up': startUp,
  shop,
  'crd-heavy': crdHeavy,
  check: checks,
  routes,
  rules,
  doubling,
  ...CLUSTERS,
  'small-objects': smallObjects,
};

/** Not part of a run without `--only`: it takes half a minute. */
export const LONG_CASES: ReadonlySet<string> = new Set(['small-objects']);
