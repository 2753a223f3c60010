/**
 * Calico's selector expressions: `app == 'web' && !(tier in {'a', 'b'} || has(legacy))`.
 * Source: projectcalico/calico:libcalico-go/lib/selector/{tokenizer/tokenizer.go,parser/parser.go}.
 */

import type { SelectorOperator, SelectorRequirement } from './selector.ts';

/** The label by which Calico tells the namespace of what it selects; global() wants none. */
export const CALICO_NAMESPACE = 'projectcalico.org/namespace';

/** Alternatives, each of them requirements that must all hold. None: it selects nothing; an empty one: everything. */
export type Alternatives = readonly (readonly SelectorRequirement[])[];

/** More alternatives than anybody writes by hand. */
const MOST_ALTERNATIVES = 256;

/**
 * Reads an expression; the empty one selects everything.
 * @returns what is wrong with it as a text, in the words of Calico's parser.
 */
export function parseCalicoSelector(text: string): Alternatives | string {
  const tokens = tokenize(text);
  if (typeof tokens === 'string') return tokens;
  if (tokens.length === 0) return [[]];
  const state: State = { tokens, at: 0 };
  const expression = parseOr(state);
  if (typeof expression === 'string') return expression;
  if (state.at < tokens.length) return 'unexpected content at end of selector';
  return alternativesOf(expression, 'as it is') ?? 'it has too many alternatives';
}

/** What holds where both do. @returns undefined where there are too many alternatives. */
export function bothHold(a: Alternatives, b: Alternatives): Alternatives | undefined {
  if (a.length * b.length > MOST_ALTERNATIVES) return undefined;
  return a.flatMap((left) => b.map((right) => [...left, ...right]));
}

/** What holds where the alternatives do not. @returns undefined where there are too many. */
export function noneHolds(alternatives: Alternatives): Alternatives | undefined {
  return alternatives.reduce<Alternatives | undefined>(
    (rest, requirements) =>
      rest &&
      bothHold(
        rest,
        requirements.map((each) => [negated(each)]),
      ),
    [[]],
  );
}

const NEGATIONS: Readonly<Record<SelectorOperator, SelectorOperator>> = {
  In: 'NotIn',
  NotIn: 'In',
  Exists: 'DoesNotExist',
  DoesNotExist: 'Exists',
  Contains: 'NotContains',
  NotContains: 'Contains',
  StartsWith: 'NotStartsWith',
  NotStartsWith: 'StartsWith',
  EndsWith: 'NotEndsWith',
  NotEndsWith: 'EndsWith',
};

function negated(requirement: SelectorRequirement): SelectorRequirement {
  return { ...requirement, operator: NEGATIONS[requirement.operator] };
}

type Expression =
  | { readonly kind: 'all' }
  | { readonly kind: 'is'; readonly requirement: SelectorRequirement }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };

function alternativesOf(expression: Expression, sense: 'as it is' | 'negated'): Alternatives | undefined {
  const isNegated = sense === 'negated';
  switch (expression.kind) {
    case 'all':
      return isNegated ? [] : [[]];
    case 'is':
      return [[isNegated ? negated(expression.requirement) : expression.requirement]];
    case 'not':
      return alternativesOf(expression.of, isNegated ? 'as it is' : 'negated');
    default: {
      const parts = expression.of.map((each) => alternativesOf(each, sense));
      const isProduct = (expression.kind === 'and') !== isNegated;
      return isProduct
        ? parts.reduce((a, b) => a && b && bothHold(a, b), [[]])
        : parts.every((part) => part !== undefined)
          ? parts.flat()
          : undefined;
    }
  }
}

interface Token {
  readonly kind: 'label' | 'string' | 'call' | 'mark' | 'word';
  /** The label, the text of a string, the mark or the word; of a call its name. */
  readonly text: string;
  readonly argument?: string;
}

const MARKS = /^(?:==|!=|&&|\|\||[(){},!])/;
const WORDS = /^(?:contains|starts[ \t]*with|ends[ \t]*with|not[ \t]*in|in)/;
const CALL = /^(has|all|global)\([ \t]*([\w./-]*)[ \t]*\)/;
const LABEL = /^[\w./-]{1,512}/;
const STRING = /^(?:"([^"]*)"|'([^']*)')/;

function tokenize(text: string): readonly Token[] | string {
  const tokens: Token[] = [];
  let rest = text.replace(/^[ \t]+/, '');
  while (rest !== '') {
    const found = nextToken(rest, tokens.at(-1));
    if (found === undefined) return `unexpected characters: ${JSON.stringify(rest.slice(0, 20))}`;
    tokens.push(found.token);
    rest = rest.slice(found.length).replace(/^[ \t]+/, '');
  }
  return tokens;
}

function nextToken(rest: string, last: Token | undefined): { token: Token; length: number } | undefined {
  const of = (form: RegExp, make: (match: RegExpExecArray) => Token) => {
    const match = form.exec(rest);
    return match === null ? undefined : { token: make(match), length: match[0].length };
  };
  const string = of(STRING, ([, double, single]) => ({ kind: 'string', text: double ?? single ?? '' }));
  const mark = string ?? of(MARKS, ([text]) => ({ kind: 'mark', text }));
  if (mark !== undefined) return mark;
  // Behind a label comes an operator, even where it reads like a label.
  if (last?.kind === 'label')
    return of(WORDS, ([text]) => ({ kind: 'word', text: text.replace(/[ \t]+/g, '') }));
  return (
    of(CALL, ([, name = '', argument = '']) => ({ kind: 'call', text: name, argument })) ??
    of(LABEL, ([text]) => ({ kind: 'label', text }))
  );
}

interface State {
  readonly tokens: readonly Token[];
  at: number;
}

function take(state: State, kind: Token['kind'], text?: string): Token | undefined {
  const token = state.tokens[state.at];
  if (token?.kind !== kind || (text !== undefined && token.text !== text)) return undefined;
  state.at++;
  return token;
}

function parseOr(state: State): Expression | string {
  return parseList(state, { mark: '||', kind: 'or', part: parseAnd });
}

function parseAnd(state: State): Expression | string {
  return parseList(state, { mark: '&&', kind: 'and', part: parseOperation });
}

interface ListForm {
  readonly mark: string;
  readonly kind: 'and' | 'or';
  readonly part: (state: State) => Expression | string;
}

function parseList(state: State, { mark, kind, part }: ListForm): Expression | string {
  const parts: Expression[] = [];
  do {
    const expression = part(state);
    if (typeof expression === 'string') return expression;
    parts.push(expression);
  } while (take(state, 'mark', mark) !== undefined);
  const [first, second] = parts;
  return first !== undefined && second === undefined ? first : { kind, of: parts };
}

function parseOperation(state: State): Expression | string {
  if (take(state, 'mark', '!') !== undefined) {
    const of = parseOperation(state);
    return typeof of === 'string' ? of : { kind: 'not', of };
  }
  if (take(state, 'mark', '(') !== undefined) {
    const inner = parseOr(state);
    if (typeof inner === 'string') return inner;
    return take(state, 'mark', ')') === undefined ? 'expected )' : inner;
  }
  const call = take(state, 'call');
  if (call !== undefined) return callOf(call);
  const label = take(state, 'label');
  return label === undefined ? 'unexpected end of string looking for op' : comparison(state, label.text);
}

function callOf({ text, argument = '' }: Token): Expression | string {
  if (text === 'has') {
    if (argument === '') return 'no label name in has( expression';
    return is({ key: argument, operator: 'Exists', values: [] });
  }
  if (argument !== '') return `no closing ')' after ${text}(`;
  if (text === 'all') return { kind: 'all' };
  return is({ key: CALICO_NAMESPACE, operator: 'DoesNotExist', values: [] });
}

function is(requirement: SelectorRequirement): Expression {
  return { kind: 'is', requirement };
}

const OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map([
  ['==', 'In'],
  ['!=', 'NotIn'],
  ['contains', 'Contains'],
  ['startswith', 'StartsWith'],
  ['endswith', 'EndsWith'],
  ['in', 'In'],
  ['notin', 'NotIn'],
]);

function comparison(state: State, key: string): Expression | string {
  const token = take(state, 'word') ?? take(state, 'mark', '==') ?? take(state, 'mark', '!=');
  const operator = token === undefined ? undefined : OPERATORS.get(token.text);
  if (token === undefined || operator === undefined) return 'expected == or !=';
  if (token.text !== 'in' && token.text !== 'notin') {
    const value = take(state, 'string');
    return value === undefined ? 'expected string' : is({ key, operator, values: [value.text] });
  }
  if (take(state, 'mark', '{') === undefined) return 'expected set literal';
  const values: string[] = [];
  for (let value = take(state, 'string'); value !== undefined; value = take(state, 'string')) {
    values.push(value.text);
    if (take(state, 'mark', ',') === undefined) break;
  }
  return take(state, 'mark', '}') === undefined ? 'expected }' : is({ key, operator, values });
}
