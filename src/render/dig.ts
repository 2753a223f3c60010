/** The questions of a look-up as dig prints them. */

import type { DnsLookupAnswer, QueryAnswer } from '../query/dns-lookup-answer.ts';
import type { Renderer } from './renderer.ts';
import { spellAnswer } from './text/page.ts';
import { recordLine } from './text/records.ts';

export const digRenderer: Renderer<DnsLookupAnswer> = {
  format: 'dig',
  render: (answer, view) => spellAnswer(answer, view).queries.map(queryText).join('\n'),
};

function queryText({
  name,
  type,
  server,
  rcode,
  answers,
  authority,
  additional,
  outside,
}: QueryAnswer): string {
  if (rcode === 'TIMEOUT') return `;; communications error to ${server}#53: timed out\n`;
  const flags = outside === true ? 'qr rd ra' : 'qr aa rd';
  const sections = [
    { title: 'ANSWER', records: answers },
    { title: 'AUTHORITY', records: authority },
    { title: 'ADDITIONAL', records: additional },
  ].filter(({ records }) => records.length > 0);
  const counts = `QUERY: 1, ANSWER: ${answers.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}`;
  return [
    `;; ->>HEADER<<- opcode: QUERY, status: ${rcode}, id: 0`,
    `;; flags: ${flags}; ${counts}`,
    '',
    ';; QUESTION SECTION:',
    `;${name} IN ${type}`,
    ...sections.flatMap(({ title, records }) => ['', `;; ${title} SECTION:`, ...records.map(recordLine)]),
    '',
    `;; SERVER: ${server}#53(${server}) (UDP)`,
    '',
  ].join('\n');
}
