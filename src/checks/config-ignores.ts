/** Ignores of the profile: `check.ignore`, by rule, object and file. */

import type { Ignore } from './ignore.ts';
import { fitsPattern } from './pattern.ts';
import type { CheckSettings } from './settings.ts';

/** The entries of `check.ignore`. */
export function configIgnores({ ignores, today }: CheckSettings): readonly Ignore[] {
  return ignores.map(({ rule, object, files, reason, until, at }) => ({
    by: 'config',
    rule,
    reason,
    covers: ({ finding }) =>
      (object === undefined || fitsPattern(object, finding.object)) &&
      (files === undefined || fitsPattern(files, finding.file)),
    written: {
      subject: {
        kind: 'Profile',
        namespace: '',
        name: at.document.file.name,
        origin: { document: at.document, path: [] },
      },
      path: at.path,
    },
    ...(until === undefined || until >= today ? {} : { void: `only until ${until}` }),
  }));
}
