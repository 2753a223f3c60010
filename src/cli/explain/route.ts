/** `k8snet explain route [NAME]`: where routes are attached, their rules and backends, and what becomes of a request. */

import { ROUTE_FORMATS } from '../../render/formats.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { askAbout, printAnswer } from '../reading.ts';
import { kindTargetName } from './kind-target.ts';
import { requestExitCode } from './request-exit-code.ts';
import { REQUEST_OPTIONS, type RequestFlags, requestQuestion, VIA_OPTION } from './request-options.ts';
import type { ExplainRun, ExplainTarget } from './target.ts';

const KINDS = ['httproute', 'grpcroute', 'tlsroute', 'tcproute', 'udproute'];
const WORDS: readonly string[] = ['route', 'routes', ...KINDS, ...KINDS.map((kind) => `${kind}s`)];

export const routeTarget: ExplainTarget = {
  shape: 'route',
  text: '(httproute, grpcroute, …) routes of the Gateway API: where each is attached, why not elsewhere, its rules and backends',
  kindWords: WORDS,
  options: [...REQUEST_OPTIONS, VIA_OPTION],
  takes: (target) => kindTargetName(WORDS, target, undefined) !== undefined,
  run: runExplainRoute,
};

/** Says by the exit code whether there is a route, or whether the URL is answered. */
async function runExplainRoute(
  io: Io,
  { target, name: named, options, progress }: ExplainRun,
): Promise<ExitCode> {
  const name = routeName(target, named);
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { explainRoute } = await import('../../query/gateway/explain-route.ts');
    progress.enter('routing');
    return explainRoute(snapshot, {
      ...(name === '' ? {} : { name }),
      ...requestQuestion(options as RequestFlags),
    });
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  await printAnswer(io, asked.answer, { formats: ROUTE_FORMATS, options, input: asked.input });
  return requestExitCode(asked.answer.request, asked.answer.routes.length);
}

/** With its kind, where one of the five is written: `httproute/web`. */
function routeName(target: string, name: string | undefined): string {
  if (target.includes('/')) return target;
  const kind = target.toLowerCase().replace(/s$/, '');
  return name === undefined || kind === 'route' ? (name ?? '') : `${kind}/${name}`;
}
