/** What there is to say of a look-up: why it failed, what it cost, and names that mean something else than they seem to. */

import { labelsOf } from '../control/dns/name.ts';
import { dotsIn, ndotsOf } from '../control/dns/resolver/resolver.ts';
import type { Diagnostic, Help } from '../diagnostics/diagnostic.ts';
import { parseIp } from '../net/ip.ts';
import type { Looked } from './looked.ts';
import { explainMiss, likely } from './lookup-miss.ts';
import { isPublicEnd } from './public-ends.ts';

/** Errors first, then notes. */
export function lookupFindings(looked: Looked): readonly Diagnostic[] {
  const { result, typed, name } = looked;
  const isIdn = typed !== name && parseIp(typed) === undefined;
  return [
    ...(result.addresses.length === 0 && result.status !== 'resolved' ? [explainMiss(looked)] : []),
    ...captured(looked),
    ...cost(looked),
    ...(isIdn
      ? [note(`${typed} is asked as ${name}: DNS names are ASCII, and no Service can have other letters`)]
      : []),
  ];
}

function note(text: string, help: readonly Help[] = []): Diagnostic {
  return {
    code: 'name-in-ascii',
    severity: 'info',
    text,
    sources: [],
    ...(help.length === 0 ? {} : { help }),
  };
}

/** `google.com` that is Service google in a namespace com: the search list took a name of the Internet. */
function captured({ name, result, snapshot }: Looked): readonly Diagnostic[] {
  const last = result.steps.at(-1);
  const end = labelsOf(name.toLowerCase()).at(-1) ?? '';
  if (result.status !== 'resolved' || last?.search === undefined || !isPublicEnd(end)) return [];
  const service = last.replies.find(({ reply }) => reply?.service !== undefined)?.reply?.service;
  const who = service === undefined ? last.name : `Service ${service.key}`;
  const origin = snapshot.cluster.namespaces.get(end)?.origin ?? service?.origin;
  return [
    {
      code: 'search-list-captures',
      severity: 'warning',
      text: `${name} is answered by ${who}, not by the Internet: the search list goes first`,
      sources: origin === undefined ? [] : [{ at: origin, role: 'context' }],
      help: likely([`ask for ${name}. with a final dot`]),
    },
  ];
}

/** What a final dot would save. */
function cost({ name, result, host, resolver }: Looked): readonly Diagnostic[] {
  const last = result.steps.at(-1);
  const isWhole = last !== undefined && last.search === undefined && result.steps.length > 1;
  if (result.status !== 'resolved' || !isWhole) return [];
  const wasted = result.steps.slice(0, -1).reduce((sum, { replies }) => sum + replies.length, 0);
  const ndots = ndotsOf(host.resolvConf);
  const why = `${dotsIn(name)} dots are fewer than ndots ${ndots}`;
  return [
    {
      code: 'search-list-wasted',
      severity: 'info',
      text: `${why}, so ${resolver.name} asks the search list first: ${wasted} questions of no use each time`,
      sources: [],
      help: likely([`write ${name}. with a final dot, or lower ndots in dnsConfig`]),
    },
  ];
}
