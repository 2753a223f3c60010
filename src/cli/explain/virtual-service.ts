/** `k8snet explain virtualservice [NAME]`: the rules as a proxy of the mesh has them, and what becomes of a request. */

import { VIRTUAL_SERVICE_FORMATS } from '../../render/formats.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { askAbout, printAnswer } from '../reading.ts';
import { kindTargetName } from './kind-target.ts';
import { REQUEST_OPTIONS, type RequestFlags, requestQuestion, VIA_OPTION } from './request-options.ts';
import type { ExplainRun, ExplainTarget } from './target.ts';

const WORDS: readonly string[] = ['virtualservice', 'virtualservices', 'vs'];
/** What counts as an answer: a destination has it, or a proxy answers as a rule says. */
const GOOD_RESULTS: readonly string[] = ['delivered', 'passthrough'];

export const virtualServiceTarget: ExplainTarget = {
  shape: 'virtualservice',
  text: 'VirtualServices of Istio: each rule with its destinations, subsets and pods as a proxy has them; with --url who gets the request and why others do not',
  kindWords: WORDS,
  options: [...REQUEST_OPTIONS, VIA_OPTION],
  takes: (target) => kindTargetName(WORDS, target, undefined) !== undefined,
  run: runExplainVirtualService,
};

/** Says by the exit code whether there is a VirtualService, or whether the URL is answered. */
async function runExplainVirtualService(
  io: Io,
  { target, name: named, options, progress }: ExplainRun,
): Promise<ExitCode> {
  const name = kindTargetName(WORDS, target, named) ?? '';
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { explainVirtualService } = await import('../../query/istio/explain-virtual-service.ts');
    progress.enter('routing');
    return explainVirtualService(snapshot, {
      ...(name === '' ? {} : { name }),
      ...requestQuestion(options as RequestFlags),
    });
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  const { answer, input } = asked;
  await printAnswer(io, answer, { formats: VIRTUAL_SERVICE_FORMATS, options, input });
  const { request, virtualServices } = answer;
  if (request === undefined) return virtualServices.length === 0 ? 1 : 0;
  const isAnswered = request.result === 'local-reply' && (request.status ?? 500) < 400;
  return GOOD_RESULTS.includes(request.result) || isAnswered ? 0 : 1;
}
