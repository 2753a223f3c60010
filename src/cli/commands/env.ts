/** `k8snet env`: the variables that a container starts with. */

import { ENV_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

interface EnvOptions extends InputOptions, OutputOptions {
  readonly container?: string;
}

const HELP = `
POD:
  pod/web-0, deploy/web (its first pod), shop/web-0, web-0, 10.244.1.5.
Values out of Secrets are not printed.

Exit codes:
  0  there is at least one variable
  1  there is none
  2  no answer: wrong usage, unreadable input

Examples:
  k8snet env deploy/frontend -f k8s/
  k8snet env web-0 -c proxy -v
      of another container, Docker's link names too
  k8snet env web-0 -o json | jq -r '.variables[] | "\\(.name)=\\(.value)"'
      as a shell would list them
  k8snet env web-0 -o json | jq '.caveats[] | select(.code == "env-port-url")'
      variables that some programs cannot read`;

export const envCommand: Command = {
  description: 'Shows the variables that the kubelet gives a container, each with the line it comes from.',
  arguments: [{ name: '<pod>', text: 'a pod, or a workload for its first pod' }],
  options: [
    ...INPUT_OPTIONS,
    {
      flags: '-c, --container <name>',
      text: 'the container (default: the one that kubectl takes)',
      group: 'Question',
    },
    formatOption(ENV_FORMATS),
    { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
    { flags: '-v, --verbose', text: 'all variables', group: 'Answer', counted: true },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [pod = ''], options: parsed }, progress) {
    const options = parsed as EnvOptions;
    const { container } = options;
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { envQuestion } = await import('../../query/env.ts');
      progress.enter('composing the environment');
      return envQuestion(snapshot, { pod, ...(container === undefined ? {} : { container }) });
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    await printAnswer(io, asked.answer, { formats: ENV_FORMATS, options, input: asked.input });
    return asked.answer.variables.length === 0 ? 1 : 0;
  },
};
