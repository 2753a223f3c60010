/** `k8snet complete -- WORD…`: the words that may stand at the place of the last one, for shells. */

import type { Command, CommandEntry } from '../command.ts';
import { collectFiles } from '../files.ts';
import type { Io } from '../io.ts';

/** Commands whose arguments are references. */
const REFERENCE_COMMANDS: ReadonlySet<string> = new Set(['trace', 'env', 'dns config']);

export const completeCommand: Command = {
  description: 'Prints what may stand at the place of the last word.',
  arguments: [{ name: '[words...]', text: 'the words typed so far' }],
  options: [],
  help: '',
  async run(io, { values }, { commands }) {
    const words = values.map((word) => word ?? '');
    const last = words.at(-1) ?? '';
    const found = (await candidates(io, words, commands)).filter((word) => word.startsWith(last));
    io.out(found.map((word) => `${word}\n`).join(''));
    return 0;
  },
};

async function candidates(
  io: Io,
  words: readonly string[],
  commands: readonly CommandEntry[],
): Promise<readonly string[]> {
  const shown = commands.filter(({ hidden }) => !hidden);
  const [first = ''] = words;
  if (words.length === 1) return [...new Set(shown.map(({ name }) => name.split(' ')[0] ?? name))];
  const inGroup = shown.filter(({ name }) => name.startsWith(`${first} `));
  if (inGroup.length > 0 && words.length === 2)
    return inGroup.map(({ name }) => name.slice(first.length + 1));
  const name = inGroup.length > 0 ? words.slice(0, 2).join(' ') : first;
  const more = words.slice(name.split(' ').length);
  const command = await shown.find((entry) => entry.name === name)?.load();
  if (command === undefined) return [];
  const valued = command.options.find(
    ({ flags }) => flags.includes('<') && names(flags).includes(more.at(-2) ?? ''),
  );
  if (valued !== undefined) return valued.choices ?? [];
  if (more.at(-1)?.startsWith('-')) return command.options.flatMap(({ flags }) => names(flags));
  if (REFERENCE_COMMANDS.has(name)) return references(io);
  if (name === 'rules') return (await references(io)).filter((reference) => reference.startsWith('node/'));
  if (name === 'explain') return [...(await explainTargets()), ...(await services(io))];
  return command.arguments.flatMap(({ choices }) => choices ?? []);
}

/** `-f`, `--filename` of `-f, --filename <path>`. */
function names(flags: string): readonly string[] {
  return flags.replace(/ <.*/, '').split(', ');
}

async function explainTargets(): Promise<readonly string[]> {
  const [{ explainedWords }, { subjectWords }] = await Promise.all([
    import('../../query/explain-word.ts'),
    import('../explain/words.ts'),
  ]);
  return ['cluster', 'ingress', ...explainedWords(await subjectWords())];
}

async function services(io: Io): Promise<readonly string[]> {
  return (await references(io)).filter((reference) => /(^|\/)svc\//.test(reference));
}

/** What a packet can start from or go to in the manifests of the current folder; nothing if they are unfit. */
async function references(io: Io): Promise<readonly string[]> {
  const [{ loadSnapshot }, { explainReferences }] = await Promise.all([
    import('../../query/snapshot.ts'),
    import('../../query/explain-references.ts'),
  ]);
  try {
    const { files } = collectFiles({ paths: ['.'], cwd: io.cwd, files: io.files });
    return explainReferences(loadSnapshot({ files, profile: { flags: { set: [] } } }));
  } catch {
    return [];
  }
}
