/** Findings of manifests that a test writes as text. */

import { checkManifests } from '../../src/checks/check.ts';
import type { CheckAnswer } from '../../src/checks/finding.ts';
import { readCheckSettings } from '../../src/checks/read-settings.ts';
import type { CheckSettings } from '../../src/checks/settings.ts';
import { loadSnapshot } from '../../src/query/snapshot.ts';

export interface CheckOptions {
  /** `KEY=VALUE` of the profile. */
  readonly set?: readonly string[];
  /** The text of a profile file. */
  readonly profile?: string;
  readonly settings?: Partial<CheckSettings>;
}

/** Checks files by name, or one file `in.yaml`. */
export function check(
  files: string | Readonly<Record<string, string>>,
  options: CheckOptions = {},
): CheckAnswer {
  const named = typeof files === 'string' ? { 'in.yaml': files } : files;
  const snapshot = loadSnapshot({
    files: Object.entries(named).map(([name, text]) => ({ name, text })),
    profile: {
      flags: { set: options.set ?? [] },
      ...(options.profile === undefined ? {} : { file: { name: 'k8snet.yaml', text: options.profile } }),
    },
  });
  return checkManifests(snapshot, { ...readCheckSettings(snapshot.profile), ...options.settings });
}

/** `rule object path` of each finding. */
export function told({ findings }: Pick<CheckAnswer, 'findings'>): readonly string[] {
  return findings.map(({ rule, object, path }) => `${rule} ${object} ${path}`);
}
