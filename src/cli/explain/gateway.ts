/** `k8snet explain gateway [NAME]`: listeners with what is attached to them, and what becomes of a request. */

import { GATEWAY_FORMATS } from '../../render/formats.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { askAbout, printAnswer } from '../reading.ts';
import { kindTargetName } from './kind-target.ts';
import { requestExitCode } from './request-exit-code.ts';
import { REQUEST_OPTIONS, type RequestFlags, requestQuestion, VIA_OPTION } from './request-options.ts';
import type { ExplainRun, ExplainTarget } from './target.ts';

const WORDS: readonly string[] = ['gateway', 'gateways', 'gtw'];

export const gatewayTarget: ExplainTarget = {
  shape: 'gateway',
  text: 'Gateways: each listener with its routes in the order tried and what status would say; with --url the rule that wins and why others lose',
  kindWords: WORDS,
  options: [...REQUEST_OPTIONS, VIA_OPTION],
  takes: (target) => kindTargetName(WORDS, target, undefined) !== undefined,
  run: runExplainGateway,
};

/** Says by the exit code whether there is a Gateway, or whether the URL is answered. */
async function runExplainGateway(
  io: Io,
  { target, name: named, options, progress }: ExplainRun,
): Promise<ExitCode> {
  const name = kindTargetName(WORDS, target, named) ?? '';
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { explainGateway } = await import('../../query/gateway/explain-gateway.ts');
    progress.enter('routing');
    return explainGateway(snapshot, {
      ...(name === '' ? {} : { name }),
      ...requestQuestion(options as RequestFlags),
    });
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  await printAnswer(io, asked.answer, { formats: GATEWAY_FORMATS, options, input: asked.input });
  return requestExitCode(asked.answer.request, asked.answer.gateways.length);
}
