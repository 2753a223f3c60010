// The library's files come from tsc, which leaves names that are only declared as they are: put the values in.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFINED, ROOT } from './bundle.mjs';

const dist = join(ROOT, 'dist');
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.js'),
)) {
  const text = readFileSync(join(dist, name), 'utf8');
  const stamped = Object.entries(DEFINED).reduce((code, [from, to]) => code.replaceAll(from, to), text);
  if (stamped !== text) writeFileSync(join(dist, name), stamped);
}
