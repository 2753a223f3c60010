/** Changes of a part of a variable's value. */

import type { Edit } from '../diagnostics/diagnostic.ts';
import { replaceValue } from '../query/text-edit.ts';
import { refTo } from '../source/ref.ts';
import type { EnvAddress } from './env-addresses.ts';

/** `from` replaced by `to` in the value; undefined where it does not stand there once, as it is written. */
export function replaceInValue(
  { group, entry, path }: EnvAddress,
  from: string,
  to: string,
): Edit | undefined {
  const parts = entry.value.split(from);
  if (group.origin === undefined || parts.length !== 2) return undefined;
  return replaceValue(refTo(group.origin, ...path), parts.join(to));
}
