/** The words that `k8snet explain` knows beside those of answers: rules of check, kinds, CNIs, options. */

import { groupBy } from '../../collections/grouping.ts';
import type { MoreWords, WordEntry } from '../../query/explain-word.ts';
import type { CommandEntry } from '../command.ts';
import type { OptionSpec } from '../options.ts';

/** Rules, kinds and CNIs. */
export async function subjectWords(): Promise<MoreWords> {
  const [{ ruleWords }, { kindWords }, { cniWords }] = await Promise.all([
    import('../../checks/rule-words.ts'),
    import('../../query/catalogue/kinds.ts'),
    import('../../query/catalogue/cnis.ts'),
  ]);
  return [...ruleWords(), ...kindWords(), ...cniWords()];
}

interface OptionUse {
  readonly spec: OptionSpec;
  readonly commands: readonly string[];
}

/** Every option by its long name without dashes, with what it does in the commands that have it. */
export async function optionWords(entries: readonly CommandEntry[]): Promise<MoreWords> {
  const shown = entries.filter(({ hidden }) => hidden !== true);
  const commands = await Promise.all(
    shown.map(async ({ name, load }) => ({ name, options: (await load()).options })),
  );
  const uses = commands.flatMap(({ name, options }) => options.map((spec) => ({ spec, command: name })));
  const groups = groupBy(uses, ({ spec }) => `${spec.flags}\n${spec.text}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const word = /--([\w-]+)/.exec(first?.spec.flags ?? '')?.[1];
    if (first === undefined || word === undefined) return [];
    return [
      [word, optionEntry({ spec: first.spec, commands: group.map(({ command }) => command) })] as const,
    ];
  });
}

function optionEntry({ spec: { flags, text, choices, isOpen }, commands }: OptionUse): WordEntry {
  const words =
    choices === undefined ? '' : `${choices.join(', ')}${isOpen ? '' : `; default ${choices[0]}`}`;
  return {
    sort: 'option',
    means: text,
    notes: [
      { label: 'written', text: flags },
      ...(words === '' ? [] : [{ label: 'takes', text: words }]),
      { label: 'of', text: commands.join(', ') },
    ],
  };
}
