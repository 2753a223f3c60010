/**
 * The Corefile grammar: server blocks with directives, which may have arguments and a block of lines.
 * Source: coredns/caddy:caddyfile/{lexer,parse}.go.
 */

import type { Span } from './document.ts';

export interface CorefileToken {
  readonly text: string;
  readonly span: Span;
}

/** A line: a directive of a server block, or a property in a directive's block. */
export interface Directive {
  readonly name: CorefileToken;
  readonly args: readonly CorefileToken[];
  readonly block: readonly Directive[];
}

export interface ServerBlock {
  /** `.:53`, `example.org`. */
  readonly keys: readonly CorefileToken[];
  readonly directives: readonly Directive[];
}

export interface CorefileProblem {
  readonly text: string;
  readonly span: Span;
}

export interface Corefile {
  readonly blocks: readonly ServerBlock[];
  readonly problems: readonly CorefileProblem[];
}

/** The text of what an `import` of files names: several texts for a pattern; undefined where nobody knows. */
export type ImportFiles = (pattern: string) => readonly string[] | undefined;

interface LexedToken extends CorefileToken {
  readonly line: number;
  readonly quoted: boolean;
}

/** Imports inside imports; more are a ring. */
const DEEPEST_IMPORT = 10;

/** Reads a Corefile. What is wrong is among the problems, and the rest is read. */
export function readCorefile(text: string, importFiles: ImportFiles): Corefile {
  const parser = new Parser(lex(text));
  const parsed = parser.parse();
  const problems = [...parser.problems];
  const snippets = new Map<string, readonly Directive[]>();
  for (const { keys, directives } of parsed) {
    const name = snippetName(keys);
    if (name !== undefined) snippets.set(name, directives);
  }
  const importing: Importing = { snippets, importFiles, problems, depth: 0 };
  const blocks = parsed.flatMap((block) => {
    if (snippetName(block.keys) !== undefined) return [];
    if (block.keys[0]?.text === 'import') return importedBlocks(block.keys, importing);
    return [{ ...block, directives: expand(block.directives, importing) }];
  });
  return { blocks, problems };
}

function snippetName(keys: readonly CorefileToken[]): string | undefined {
  return keys.length === 1 ? /^\(([^()]+)\)$/.exec(keys[0]?.text ?? '')?.[1] : undefined;
}

interface Importing {
  readonly snippets: ReadonlyMap<string, readonly Directive[]>;
  readonly importFiles: ImportFiles;
  readonly problems: CorefileProblem[];
  readonly depth: number;
}

/** `import` lines replaced by what they name. */
function expand(directives: readonly Directive[], importing: Importing): readonly Directive[] {
  return directives.flatMap((directive) => {
    const [pattern] = directive.args;
    if (directive.name.text !== 'import' || pattern === undefined) return [directive];
    const inner = { ...importing, depth: importing.depth + 1 };
    if (inner.depth > DEEPEST_IMPORT) {
      importing.problems.push({ text: `import ${pattern.text}: imports itself`, span: pattern.span });
      return [];
    }
    const snippet = importing.snippets.get(pattern.text);
    if (snippet !== undefined) return expand(snippet, inner);
    return importedTexts(pattern, importing).flatMap((text) => {
      const parser = new Parser(lex(text, pattern.span));
      const lines = parser.lines('end');
      importing.problems.push(...parser.problems);
      return expand(lines, inner);
    });
  });
}

/** `import` between the server blocks. */
function importedBlocks(keys: readonly CorefileToken[], importing: Importing): readonly ServerBlock[] {
  const [, pattern] = keys;
  if (pattern === undefined) return [];
  return importedTexts(pattern, importing).flatMap((text) => {
    const parser = new Parser(lex(text, pattern.span));
    const blocks = parser.parse();
    importing.problems.push(...parser.problems);
    return blocks.map((block) => ({ ...block, directives: expand(block.directives, importing) }));
  });
}

function importedTexts(pattern: CorefileToken, { importFiles, problems }: Importing): readonly string[] {
  const texts = importFiles(pattern.text);
  if (texts !== undefined) return texts;
  // A pattern without a file is no error for CoreDNS; that we do not see the file is another thing.
  problems.push({
    text: `import ${pattern.text}: the file is in no ConfigMap of the input`,
    span: pattern.span,
  });
  return [];
}

/** @param at the place that all tokens of an imported text have. */
function lex(text: string, at?: Span): readonly LexedToken[] {
  const tokens: LexedToken[] = [];
  let line = 0;
  const pattern = /\n|#[^\n]*|"(?:[^"\\]|\\[\s\S])*"?|\S+/gy;
  for (let index = 0; index < text.length; ) {
    pattern.lastIndex = index;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) {
      index++;
      continue;
    }
    const span = at ?? { start: index, end: index + found.length };
    index += found.length;
    if (found === '\n') line++;
    else if (!found.startsWith('#')) {
      const quoted = found.startsWith('"');
      tokens.push({ text: quoted ? unquoted(found) : found, span, line, quoted });
      line += found.split('\n').length - 1;
    }
  }
  return tokens;
}

function unquoted(text: string): string {
  const body = text.length > 1 && text.endsWith('"') ? text.slice(1, -1) : text.slice(1);
  return body.replaceAll('\\"', '"');
}

/** The state of one reading: which token comes next, and what was wrong so far. */
class Parser {
  readonly problems: CorefileProblem[] = [];
  private readonly tokens: readonly LexedToken[];
  private next = 0;

  constructor(tokens: readonly LexedToken[]) {
    this.tokens = tokens;
  }

  /** The server blocks of a whole file. */
  parse(): readonly ServerBlock[] {
    const blocks: ServerBlock[] = [];
    for (let start = this.tokens[0]; start !== undefined; start = this.tokens[this.next]) {
      if (isBrace(start, '}')) {
        this.complain('} closes nothing', start);
        this.next++;
        continue;
      }
      const keys = this.keys();
      const opening = this.tokens[this.next];
      if (opening === undefined || !isBrace(opening, '{')) {
        // One server needs no braces; `import` between blocks has none.
        const isImport = keys[0]?.text === 'import';
        blocks.push({ keys, directives: isImport ? [] : this.lines('end') });
        continue;
      }
      this.next++;
      if (keys.length === 0) this.complain('a server block needs a zone before {', opening);
      blocks.push({ keys, directives: this.lines('brace', opening) });
    }
    return blocks;
  }

  /** The zones before a block: on one line, or on several that end with a comma. */
  private keys(): readonly CorefileToken[] {
    const keys: CorefileToken[] = [];
    let line = this.tokens[this.next]?.line;
    for (let token = this.tokens[this.next]; token !== undefined; token = this.tokens[this.next]) {
      if (isBrace(token, '{') || token.line !== line) break;
      this.next++;
      const isContinued = token.text.endsWith(',');
      keys.push({ text: isContinued ? token.text.slice(0, -1) : token.text, span: token.span });
      if (isContinued) line = this.tokens[this.next]?.line;
    }
    return keys;
  }

  /**
   * The lines up to the closing brace, or to the end of the text.
   * @param opening the brace that is to be closed.
   */
  lines(until: 'brace' | 'end', opening?: LexedToken): readonly Directive[] {
    const lines: Directive[] = [];
    for (let token = this.tokens[this.next]; token !== undefined; token = this.tokens[this.next]) {
      this.next++;
      if (isBrace(token, '}')) {
        if (until === 'brace') return lines;
        this.complain('} closes nothing', token);
      } else if (isBrace(token, '{')) {
        this.complain('{ must stand behind a directive, on its line', token);
        this.lines('brace', token);
      } else lines.push(this.line(token));
    }
    if (opening !== undefined) this.complain('{ is never closed', opening);
    return lines;
  }

  private line(name: LexedToken): Directive {
    const args: CorefileToken[] = [];
    for (let token = this.tokens[this.next]; token !== undefined; token = this.tokens[this.next]) {
      if (token.line !== name.line || isBrace(token, '}')) break;
      this.next++;
      if (isBrace(token, '{')) return { name, args, block: this.lines('brace', token) };
      args.push({ text: token.text, span: token.span });
    }
    return { name: { text: name.text, span: name.span }, args, block: [] };
  }

  private complain(text: string, { span }: LexedToken): void {
    this.problems.push({ text, span });
  }
}

function isBrace(token: LexedToken, brace: '{' | '}'): boolean {
  return !token.quoted && token.text === brace;
}
