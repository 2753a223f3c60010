/**
 * The plugin `rewrite`, rules about names: the question is asked by another name, and the answer may be turned
 * back. Source: coredns/coredns:plugin/rewrite/{rewrite,name,reverter}.go.
 */

import type { CorefileToken, Directive } from '../../../source/corefile.ts';
import { normalName } from '../name.ts';
import type { DnsPlugin, PluginContext, PluginReader } from '../plugin.ts';
import type { Ask, DnsQuestion, DnsRecord, DnsReply } from '../record.ts';

const NAME = 'rewrite';

type RewriteText = (text: string) => string;

interface Rewritten {
  readonly name: string;
  readonly turnBack: readonly AnswerRule[];
}

interface AnswerRule {
  readonly part: 'name' | 'value';
  readonly rewrite: RewriteText;
}

interface NameRule {
  readonly isLast: boolean;
  /** @returns undefined where the rule does not fit. */
  apply(name: string): Rewritten | undefined;
}

export const rewriteReader: PluginReader = {
  directive: NAME,
  read(directives, context) {
    const rules = directives.flatMap((directive) => readRule(directive, context) ?? []);
    return rules.length === 0 ? undefined : rewritePlugin(rules);
  },
};

function rewritePlugin(rules: readonly NameRule[]): DnsPlugin {
  return { name: NAME, answer: (question, next) => rewritten(rules, question, next) };
}

function rewritten(rules: readonly NameRule[], question: DnsQuestion, next: Ask): DnsReply {
  let { name } = question;
  const turnBack: AnswerRule[] = [];
  for (const rule of rules) {
    const applied = rule.apply(name.toLowerCase());
    if (applied === undefined) continue;
    name = applied.name;
    turnBack.push(...applied.turnBack);
    if (rule.isLast) break;
  }
  const found = next({ ...question, name });
  if (turnBack.length === 0) return found;
  const turn = (records: readonly DnsRecord[]) => records.map((record) => turned(record, turnBack));
  return {
    ...found,
    answer: turn(found.answer),
    authority: turn(found.authority),
    additional: turn(found.additional),
  };
}

/** The last rule first. */
function turned(record: DnsRecord, rules: readonly AnswerRule[]): DnsRecord {
  let { name, data } = record;
  for (const { part, rewrite } of rules.toReversed()) {
    if (part === 'name') name = rewrite(name);
    else data = valueRewritten({ ...record, data }, rewrite);
  }
  return { ...record, name, data };
}

/** The name in the data of the types that have one. */
function valueRewritten({ type, data }: DnsRecord, rewrite: RewriteText): string {
  if (type === 'SRV' || type === 'MX') {
    const words = data.split(' ');
    return [...words.slice(0, -1), rewrite(words.at(-1) ?? '')].join(' ');
  }
  return ['CNAME', 'NS', 'PTR', 'DNAME'].includes(type) ? rewrite(data) : data;
}

/** `rewrite [continue|stop] name …` on one line, or with the rules in a block. */
function readRule(directive: Directive, context: PluginContext): NameRule | undefined {
  const words = [...directive.args, ...directive.block.flatMap((line) => [line.name, ...line.args])];
  const mode = words[0]?.text.toLowerCase();
  const isModed = mode === 'continue' || mode === 'stop';
  const [field, ...rest] = isModed ? words.slice(1) : words;
  if (field?.text.toLowerCase() !== 'name') {
    const what = field === undefined ? 'rewrite without a rule' : `rewrite ${field.text}`;
    context.unmodelled(directive.name, `${what} is not modelled`);
    return undefined;
  }
  const apply = readNameRule(directive.name, rest, context);
  return apply === undefined ? undefined : { isLast: mode !== 'continue', apply };
}

const MATCHES: ReadonlySet<string> = new Set(['exact', 'prefix', 'suffix', 'substring', 'regex']);

function readNameRule(
  at: CorefileToken,
  words: readonly CorefileToken[],
  context: PluginContext,
): NameRule['apply'] | undefined {
  const isShort = words.length === 2;
  const match = isShort ? 'exact' : (words[0]?.text.toLowerCase() ?? '');
  const [from, to, ...answer] = isShort ? words : words.slice(1);
  if (from === undefined || to === undefined || !MATCHES.has(match)) {
    context.refuse(at, 'rewrite name: needs [exact|prefix|suffix|substring|regex] FROM TO');
    return undefined;
  }
  const answers = readAnswers(answer, context);
  if (answers === undefined) return undefined;
  const pattern = match === 'regex' ? compiled(from, context) : undefined;
  if (match === 'regex' && pattern === undefined) return undefined;
  return nameRule(match, { from: normalName(from.text), to: normalName(to.text), pattern, answers });
}

interface RuleParts {
  readonly from: string;
  readonly to: string;
  readonly pattern: RegExp | undefined;
  readonly answers: Answers;
}

function nameRule(match: string, { from, to, pattern, answers }: RuleParts): NameRule['apply'] {
  const { isAuto, rules } = answers;
  const suffixBack = both((text) => (text.endsWith(to) ? text.slice(0, -to.length) + from : text));
  return (name) => {
    const changed = changedName(match, { name, from, to, pattern });
    if (changed === undefined) return undefined;
    if (match === 'suffix') return { name: changed, turnBack: [...(isAuto ? suffixBack : []), ...rules] };
    const remap = both((text) => remapped(text, changed, name));
    return { name: changed, turnBack: [...(match === 'exact' || isAuto ? remap : []), ...rules] };
  };
}

function both(rewrite: RewriteText): readonly AnswerRule[] {
  return [
    { part: 'name', rewrite },
    { part: 'value', rewrite },
  ];
}

/** A name, or the end of one. */
function remapped(text: string, from: string, to: string): string {
  if (text === from) return to;
  return text.endsWith(`.${from}`) ? text.slice(0, -from.length) + to : text;
}

interface Changing {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly pattern: RegExp | undefined;
}

function changedName(match: string, { name, from, to, pattern }: Changing): string | undefined {
  switch (match) {
    case 'exact':
      return name === from ? to : undefined;
    // The final dot that FROM gets is part of it for CoreDNS, too: a prefix is written with its dot.
    case 'prefix':
      return name.startsWith(from) ? to + name.slice(from.length) : undefined;
    case 'suffix':
      return name.endsWith(from) ? name.slice(0, -from.length) + to : undefined;
    case 'substring':
      return name.includes(from) ? name.replaceAll(from, () => to) : undefined;
    default:
      return pattern === undefined ? undefined : expanded(pattern, name, to);
  }
}

/** `{0}`, `{1}`… stand for what the pattern's groups took. */
function expanded(pattern: RegExp, text: string, replacement: string): string | undefined {
  const groups = pattern.exec(text);
  if (groups === null) return undefined;
  return [...groups].reduce(
    (now, group, index) => now.replaceAll(`{${index}}`, () => group ?? ''),
    replacement,
  );
}

function compiled(token: CorefileToken, { refuse }: PluginContext): RegExp | undefined {
  try {
    return new RegExp(token.text);
  } catch {
    refuse(token, `rewrite: ${token.text} is no regular expression`);
    return undefined;
  }
}

interface Answers {
  readonly isAuto: boolean;
  readonly rules: readonly AnswerRule[];
}

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`. */
function readAnswers(words: readonly CorefileToken[], context: PluginContext): Answers | undefined {
  const rest = words.filter(({ text }) => text !== 'answer');
  const rules: AnswerRule[] = [];
  let isAuto = false;
  for (let index = 0; index < rest.length; ) {
    const word = rest[index];
    if (word?.text === 'auto') {
      isAuto = true;
      index += 1;
      continue;
    }
    const [from, to] = [rest[index + 1], rest[index + 2]];
    const isRule = word?.text === 'name' || word?.text === 'value';
    if (word === undefined || !isRule || from === undefined || to === undefined) {
      context.refuse(
        word ?? words[0] ?? { text: '', span: { start: 0, end: 0 } },
        'rewrite: answer needs auto, or name|value FROM TO',
      );
      return undefined;
    }
    const pattern = compiled(from, context);
    if (pattern === undefined) return undefined;
    const target = normalName(to.text);
    const rewrite: RewriteText = (text) => expanded(pattern, text, target) ?? text;
    rules.push({ part: word.text === 'name' ? 'name' : 'value', rewrite });
    index += 3;
  }
  return { isAuto, rules };
}
