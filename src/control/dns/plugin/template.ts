/** The plugin `template`: answers made from the question. Source: coredns/coredns:plugin/template/{template,setup}.go. */

import type { CorefileToken, Directive } from '../../../source/corefile.ts';
import { isWithin, zoneOfName } from '../name.ts';
import {
  type DnsPlugin,
  fallthroughZones,
  type PluginContext,
  type PluginReader,
  zonesOf,
} from '../plugin.ts';
import { type Ask, type DnsQuestion, type DnsRecord, type DnsReply, type Rcode, reply } from '../record.ts';

const NAME = 'template';
const RCODES: readonly Rcode[] = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'];

interface Template {
  readonly zones: readonly string[];
  /** ANY: every type. */
  readonly type: string;
  readonly patterns: readonly RegExp[];
  readonly rcode: Rcode;
  readonly answers: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  readonly fallthrough: readonly string[];
}

export const templateReader: PluginReader = {
  directive: NAME,
  read(directives, context) {
    const templates = directives.flatMap((directive) => readTemplate(directive, context) ?? []);
    return templates.length === 0 ? undefined : templatePlugin(templates, context.ask);
  },
};

function templatePlugin(templates: readonly Template[], ask: Ask): DnsPlugin {
  const zones = templates.flatMap((template) => template.zones);
  return {
    name: NAME,
    answer(question, next) {
      const name = question.name.toLowerCase();
      if (zoneOfName(zones, name) === undefined) return next(question);
      for (const template of templates) {
        const made = answerFrom(template, { question, name }, ask);
        if (made !== undefined) return made;
      }
      return next(question);
    },
  };
}

interface Asked {
  readonly question: DnsQuestion;
  /** Lower case. */
  readonly name: string;
}

/** @returns undefined where the next template, or plugin, is to be asked. */
function answerFrom(template: Template, { question, name }: Asked, ask: Ask): DnsReply | undefined {
  const zone = zoneOfName(template.zones, name);
  const isOfType = template.type === 'ANY' || question.type === 'ANY' || template.type === question.type;
  if (zone === undefined || !isOfType) return undefined;
  const groups = template.patterns.map((pattern) => pattern.exec(name)).find((found) => found !== null);
  if (groups === undefined || groups === null) {
    const passesOn = template.fallthrough.some((below) => isWithin(below, name));
    return passesOn ? undefined : reply(NAME, 'SERVFAIL');
  }
  if (template.rcode === 'SERVFAIL') return reply(NAME, 'SERVFAIL');
  const type = question.type === 'ANY' ? template.type : question.type;
  const fill = (texts: readonly string[]) =>
    texts.flatMap((text) => recordOf(filled(text, { zone, name, type, groups })) ?? []);
  const answer = fill(template.answers).flatMap((record) => [record, ...followed(record, question, ask)]);
  return reply(NAME, template.rcode, {
    answer,
    authority: fill(template.authority),
    additional: fill(template.additional),
  });
}

/** The server itself looks up where an alias leads. */
function followed(record: DnsRecord, question: DnsQuestion, ask: Ask): readonly DnsRecord[] {
  const isAddress = question.type === 'A' || question.type === 'AAAA';
  return isAddress && record.type === 'CNAME' ? ask({ ...question, name: record.data }).answer : [];
}

interface Values {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
  readonly groups: RegExpExecArray;
}

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/g;

/** The actions of Go's templates that stand for one value. */
function filled(text: string, values: Values): string {
  return text.replace(ACTION, (_, action: string) => actionValue(action, values) ?? '');
}

function actionValue(action: string, { zone, name, type, groups }: Values): string | undefined {
  switch (action) {
    case '.Name':
      return name;
    case '.Zone':
      return zone;
    case '.Type':
      return type;
    case '.Class':
      return 'IN';
  }
  const [, match] = /^index \.Match (\d+)$/.exec(action) ?? [];
  if (match !== undefined) return groups[Number(match)] ?? '';
  const [, plain, quoted] = /^(?:\.Group\.(\w+)|index \.Group "(\w+)")$/.exec(action) ?? [];
  const group = plain ?? quoted;
  if (group === undefined) return undefined;
  return (/^\d+$/.test(group) ? groups[Number(group)] : groups.groups?.[group]) ?? '';
}

/** `NAME [TTL] [CLASS] TYPE DATA`. */
function recordOf(line: string): DnsRecord | undefined {
  const found = /^(\S+)\s+(?:(\d+)\s+)?(?:IN\s+)?(?:(\d+)\s+)?([A-Z0-9]+)\s+(.+)$/.exec(line.trim());
  if (found === null) return undefined;
  const [, name = '', first, second, type = '', data = ''] = found;
  return {
    name,
    ttl: Number(first ?? second ?? DEFAULT_TTL),
    type,
    data: data.trim().replace(/^"(.*)"$/, '$1'),
  };
}

/** miekg/dns:scan.go defaultTtl. */
const DEFAULT_TTL = 3600;

function readTemplate({ name, args, block }: Directive, context: PluginContext): Template | undefined {
  const [queryClass, type, ...zones] = args;
  if (queryClass === undefined || type === undefined) {
    context.refuse(name, 'template: needs a class and a type: template IN A example.org');
    return undefined;
  }
  if (queryClass.text !== 'IN' && queryClass.text !== 'ANY') return undefined;
  const lines = (word: string) => block.filter((line) => line.name.text === word);
  const texts = (word: string) => lines(word).flatMap((line) => line.args.map(({ text }) => text));
  const all = ['answer', 'authority', 'additional'].flatMap((word) =>
    lines(word).flatMap((line) => line.args),
  );
  const strange = all.find(({ text }) => !isPlain(text));
  if (strange !== undefined) context.unmodelled(strange, 'template: an action of this text is not modelled');
  const patterns = lines('match').flatMap((line) => line.args.flatMap((arg) => compiled(arg, context) ?? []));
  const rcode = texts('rcode')[0] as Rcode | undefined;
  const [fall] = lines('fallthrough');
  return {
    zones: zonesOf(zones, context.zones),
    type: type.text.toUpperCase(),
    patterns: patterns.length === 0 ? [/.*/] : patterns,
    rcode: rcode !== undefined && RCODES.includes(rcode) ? rcode : 'NOERROR',
    answers: texts('answer'),
    authority: texts('authority'),
    additional: texts('additional'),
    fallthrough: fall === undefined ? [] : fallthroughZones(fall),
  };
}

const NO_GROUPS = Object.assign([''] as string[], { index: 0, input: '' }) as RegExpExecArray;

function isPlain(text: string): boolean {
  const values = { zone: '.', name: '.', type: 'A', groups: NO_GROUPS };
  return [...text.matchAll(ACTION)].every(([, action = '']) => actionValue(action, values) !== undefined);
}

/** RE2 writes a named group `(?P<name>…)`. */
function compiled(token: CorefileToken, { refuse }: PluginContext): RegExp | undefined {
  try {
    return new RegExp(token.text.replaceAll('(?P<', '(?<'));
  } catch {
    refuse(token, `template: could not parse regex: ${token.text}`);
    return undefined;
  }
}
