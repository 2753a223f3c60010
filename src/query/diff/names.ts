/** What changes in the names that the cluster DNS serves. */

import type { DnsQuestion, DnsRecord } from '../../control/dns/record.ts';
import { objectNamer } from '../namer.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { keyedChanges, type Said } from './keyed-changes.ts';
import { objectId } from './object-changes.ts';
import { objectsBehind } from './service-ports.ts';
import { causesOf, type Side, type Sides } from './side.ts';

/** Names that hold an address say nothing that the addresses themselves do not. */
const REVERSE = /\.(?:in-addr|ip6)\.arpa\.$/;
const PORT_LABELS = /^_[^.]+\._[^.]+\./;

/** Changes of records, without SRV records whose name comes or goes with them. */
export function nameChanges(sides: Sides): readonly ChangeAnswer[] {
  const changes = keyedChanges('names', namesOf(sides.old), namesOf(sides.new), (objects) =>
    causesOf(sides, objects, 'names'),
  );
  const whole = new Set(
    changes
      .filter(({ before, after }) => before === undefined || after === undefined)
      .map(({ subject }) => subject),
  );
  return changes.filter(({ subject }) => {
    const [name = '', type] = subject.split(' ');
    const base = name.replace(PORT_LABELS, '');
    return type !== 'SRV' || !(whole.has(`${base} A`) || whole.has(`${base} AAAA`));
  });
}

/** `api.shop.svc.cluster.local. A` to what it is, by identity. */
function namesOf(side: Side): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  for (const question of questionsOf(side)) {
    const subject = `${question.name} ${question.type}`;
    const answer = said.has(subject) ? undefined : answerOf(side, question);
    if (answer !== undefined) said.set(subject, answer);
  }
  return said;
}

/** Names that are made of an address are left out. */
function* questionsOf({ snapshot: { dns }, identities }: Side): Generator<DnsQuestion> {
  for (const { name, types } of dns.knownNames()) {
    if (REVERSE.test(name) || identities.inText(name) !== name) continue;
    for (const type of types) yield { name, type };
  }
}

function answerOf(side: Side, question: DnsQuestion): Said | undefined {
  const { dns, objects } = side.snapshot;
  const { answer, origin } = dns.ask(question);
  const records = answer.filter(({ type }) => type === question.type);
  if (records.length === 0) return undefined;
  const values = new Set(records.map((record) => recordText(record, side)));
  const owner = origin === undefined ? undefined : objectNamer(objects)(origin)?.object;
  return {
    value: [...values].sort().join(', '),
    objects: [...(owner === undefined ? [] : [owner]), ...ownersOf(side, question.name)],
  };
}

/** The share of an SRV record is 100 divided by their number: replicas are no difference. */
function recordText({ type, data }: DnsRecord, { identities }: Side): string {
  if (type !== 'SRV') return identities.inText(data);
  const [, , port = '', target = ''] = data.split(' ');
  return `${port} ${identities.inText(target)}`;
}

/** The Service in the name, and what is behind it. */
function ownersOf({ snapshot }: Side, name: string): readonly string[] {
  const [service = '', namespace = ''] = name.split('.svc.')[0]?.split('.').slice(-2) ?? [];
  const slices = snapshot.control.slicesOf(`${namespace}/${service}`);
  return [objectId('Service', namespace, service), ...objectsBehind(snapshot, slices)];
}
