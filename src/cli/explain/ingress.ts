/** `k8snet explain ingress [NAME]`: the routing tables, and what becomes of a request. */

import { INGRESS_FORMATS } from '../../render/formats.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { OptionSpec } from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';
import { kindTargetName } from './kind-target.ts';
import { REQUEST_OPTIONS, type RequestFlags, requestQuestion } from './request-options.ts';
import type { ExplainRun, ExplainTarget } from './target.ts';

const INGRESS_OPTIONS: readonly OptionSpec[] = [
  ...REQUEST_OPTIONS,
  {
    flags: '--controller <name>',
    text: 'answer as spec, ingress-nginx, traefik or aws-alb',
    group: 'Question',
  },
];

const WORDS: readonly string[] = ['ingress', 'ingresses', 'ing'];

export const ingressTarget: ExplainTarget = {
  shape: 'ingress',
  text: 'the routing tables in the order tried, of one with ingress NAME or ing/NAME; with --url the rule that wins and why others lose',
  kindWords: WORDS,
  options: INGRESS_OPTIONS,
  takes: (target) => kindTargetName(WORDS, target, undefined) !== undefined,
  run: runExplainIngress,
};

/** Says by the exit code whether there is an Ingress, or whether the URL is answered. */
async function runExplainIngress(
  io: Io,
  { target, name: named, options, progress }: ExplainRun,
): Promise<ExitCode> {
  const name = kindTargetName(WORDS, target, named) ?? '';
  const flags = options as RequestFlags & { readonly controller?: string };
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { explainIngress } = await import('../../query/explain-ingress.ts');
    progress.enter('routing');
    return explainIngress(snapshot, {
      ...(name === '' ? {} : { name }),
      ...requestQuestion(flags),
      ...(flags.controller === undefined ? {} : { controller: flags.controller }),
    });
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  const { answer, input } = asked;
  await printAnswer(io, answer, { formats: INGRESS_FORMATS, options, input });
  if (answer.request !== undefined) return answer.request.status < 400 ? 0 : 1;
  return answer.ingresses.length === 0 ? 1 : 0;
}
