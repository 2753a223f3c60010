/** `k8snet explain`: what was understood of the manifests, an object of them, or a word of an answer. */

import { UsageError } from '../../query/usage-error.ts';
import { CLUSTER_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import { EXPLAIN_TARGETS } from '../explain/targets.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OptionSpec,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';

/** Columns of the help's text. */
const HELP_WIDTH = 79;
const SHAPE_COLUMN = 15;

const HELP = `
TARGET:
${EXPLAIN_TARGETS.map(targetHelp).join('\n')}

Exit codes:
  0  there is an object; the object or word is known; a URL is answered
  1  there is no Ingress, Gateway or route, or the URL gets an error
  2  there is none; the object or word is unknown

Examples:
  k8snet explain -f k8s/
      what was understood of a folder
  kubectl get -A -o yaml nodes,pods,services,endpointslices |
    k8snet explain cluster --stored -f - -v
      with the source of every value
  k8snet explain shop/svc/web -f k8s/
      a Service: who can reach it by which door, and what breaks
  k8snet explain cluster -o json | jq '.pods[] | select(.node == null)'
      pods that no node takes
  k8snet explain shop/netpol/db-access -f k8s/
      which pods a policy selects, which selectors match nothing
  k8snet explain ingress --url https://shop.example.com/api/items
      which rule answers, with which backend, path and certificate
  k8snet explain route web --url https://shop.example.com/api --via gtw/edge
      what a Gateway does with a request, and why not another rule
  k8snet explain no-endpoints`;

export const explainCommand: Command = {
  description:
    'Shows what was understood of the manifests, each fact with its source, or explains an object or a word.',
  arguments: [
    { name: '[target]', text: EXPLAIN_TARGETS.map(({ shape }) => shape).join(', ') },
    { name: '[name]', text: 'of a target that is a kind: ingress shop' },
  ],
  options: [
    ...INPUT_OPTIONS,
    ...targetOptions(),
    formatOption(CLUSTER_FORMATS),
    { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
    {
      flags: '-v, --verbose',
      text: 'all rows, and the source of every value',
      group: 'Answer',
      counted: true,
    },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [target = 'cluster', name], options: parsed }, progress) {
    const options = parsed as InputOptions & OutputOptions;
    const found = EXPLAIN_TARGETS.find(({ takes }) => takes(target));
    if (name !== undefined && found?.kindWords?.includes(target.toLowerCase()) !== true)
      throw new UsageError(`explain ${target} takes no second argument`);
    if (found === undefined) throw new Error('nothing explains a word');
    return found.run(io, { target, ...(name === undefined ? {} : { name }), options, progress });
  },
};

/** Those of all targets; what several share stands there once. */
function targetOptions(): readonly OptionSpec[] {
  const options = EXPLAIN_TARGETS.flatMap(({ options: own = [] }) => own);
  return [...new Map(options.map((option) => [option.flags, option])).values()];
}

/** `  svc/NAME    a Service: …`, broken at blanks. */
function targetHelp({ shape, text }: { readonly shape: string; readonly text: string }): string {
  const lines: string[] = [];
  let line = `  ${shape.padEnd(SHAPE_COLUMN - 2)}`;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > HELP_WIDTH) {
      lines.push(line);
      line = ' '.repeat(SHAPE_COLUMN);
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
