/** Real libraries against a stub name server (scripts/oracles/resolvers): our resolvers ask and get the same. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reply } from '../../src/control/dns/record.ts';
import { lookUpName, type NameLookupResult, RESOLVERS } from '../../src/index.ts';
import { LOOKED_UP, RESOLV_CONFS, type RecordedResolver, stubReply } from './resolver-cases.ts';

const recorded = JSON.parse(
  readFileSync('test/oracles/recorded/resolvers.json', 'utf8'),
) as readonly RecordedResolver[];

/** What getaddrinfo calls each outcome; Go's word is only whether the name is there. */
const WORDS: Readonly<Record<NameLookupResult['status'], string>> = {
  resolved: 'OK',
  'not-found': 'EAI_NONAME',
  'no-data': 'EAI_NODATA',
  'temporary-failure': 'EAI_AGAIN',
  failure: 'EAI_FAIL',
};

function lookUp(resolverName: string, confName: string, name: string) {
  const resolver = RESOLVERS.find((each) => each.name === resolverName);
  const conf = RESOLV_CONFS.find((each) => each.name === confName);
  if (resolver === undefined || conf === undefined) throw new Error(`${resolverName}, ${confName}`);
  const asked: string[] = [];
  const result = lookUpName(resolver, { resolvConf: conf, hosts: [] }, { name }, (server, question) => {
    const line = `${question.name.toLowerCase()} ${question.type} ${server}`;
    if (!asked.includes(line)) asked.push(line);
    const { rcode, answer } = stubReply(server, question.name, question.type);
    const records = answer.map(([owner, type, data]) => ({ name: owner, type, ttl: 30, data }));
    return reply('stub', rcode, { answer: records, authoritative: false });
  });
  const addresses = result.addresses.map(({ text }) => text).sort();
  return { name, questions: asked, status: WORDS[result.status], addresses };
}

/** What is not compared, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  'musl-1.2.3, the first server knows nothing': 'musl asks all servers at once: whichever is faster counts',
  'glibc, single-request':
    'after a SERVFAIL or REFUSED for A, glibc does not ask for AAAA there; the option is not modelled',
};

/** A and AAAA of a name, and those to several servers, may overtake each other; a malformed packet asks nothing. */
function comparable<Lookup extends { readonly questions: readonly string[] }>(lookup: Lookup) {
  const groups: string[][] = [];
  let last = '';
  const server = (question: string) => question.split(' ')[2] ?? '';
  const asked = lookup.questions.filter((each) => !each.startsWith('malformed'));
  for (const question of asked.toSorted((a, b) =>
    server(a) < server(b) ? -1 : Number(server(a) > server(b)),
  )) {
    const [name = ''] = question.split(' ');
    if (name === last) groups.at(-1)?.push(question);
    else groups.push([question]);
    last = name;
  }
  return { ...lookup, questions: groups.map((group) => group.sort()) };
}

describe.each(recorded)('$resolver', ({ resolver, cases }) => {
  test('every name with every file was recorded', () => {
    expect(cases.map(({ resolvConf }) => resolvConf)).toEqual(RESOLV_CONFS.map(({ name }) => name));
    for (const { lookups } of cases) expect(lookups.map(({ name }) => name)).toEqual(LOOKED_UP);
  });

  test.each(cases)('$resolvConf', ({ resolvConf, lookups }) => {
    const ours = lookups.map(({ name }) => comparable(lookUp(resolver, resolvConf, name)));
    const theirs = lookups.map(comparable);
    if (NOT_COMPARED[`${resolver}, ${resolvConf}`] !== undefined) expect(ours).not.toEqual(theirs);
    else expect(ours).toEqual(theirs);
  });
});
