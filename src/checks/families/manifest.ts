/** Rules about the input itself. */

import type { Rule } from '../rule.ts';
import { apiWarning } from '../rules/api-warning.ts';
import { ignoreUnused } from '../rules/ignore-unused.ts';
import { manifestDuplicate } from '../rules/manifest-duplicate.ts';
import { manifestNotRendered } from '../rules/manifest-not-rendered.ts';
import { manifestRejected } from '../rules/manifest-rejected.ts';
import { referenceOutsideInput } from '../rules/reference-outside-input.ts';

export const MANIFEST_RULES: readonly Rule[] = [
  apiWarning,
  ignoreUnused,
  manifestDuplicate,
  manifestNotRendered,
  manifestRejected,
  referenceOutsideInput,
];
