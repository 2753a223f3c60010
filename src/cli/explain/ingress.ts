/** `k8snet explain ingress [NAME]`: the routing tables, and what becomes of a request. */

import type { IngressQuestion } from '../../query/explain-ingress.ts';
import { INGRESS_FORMATS } from '../../render/formats.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { OptionSpec } from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';
import type { ExplainRun, ExplainTarget } from './target.ts';

type IngressFlags = Omit<IngressQuestion, 'name' | 'headers'> & { readonly header?: readonly string[] };

const INGRESS_OPTIONS: readonly OptionSpec[] = [
  { flags: '--url <url>', text: 'of ingress: the request to route', group: 'Question' },
  { flags: '--method <method>', text: 'of the request (default: GET)', group: 'Question' },
  { flags: '--header <header>', text: 'of the request, "Name: value"', group: 'Question', repeatable: true },
  { flags: '--client-ip <ip>', text: 'the address that the controller sees', group: 'Question' },
  { flags: '--sni <name>', text: 'server name in the TLS handshake', group: 'Question' },
  { flags: '--from <pod>', text: 'a pod that sends the request', group: 'Question' },
  {
    flags: '--controller <name>',
    text: 'answer as spec, ingress-nginx, traefik or aws-alb',
    group: 'Question',
  },
];

const WORDS: readonly string[] = ['ingress', 'ingresses', 'ing'];

/**
 * The Ingress that `explain` is asked for: `ingress NAME`, `ing/NAME`, `NAMESPACE/ing/NAME`.
 * @returns empty for all of them; undefined: the target is something else.
 */
function ingressName(target: string, name: string | undefined): string | undefined {
  const parts = target.split('/');
  if (parts.length === 1) return WORDS.includes(target.toLowerCase()) ? (name ?? '') : undefined;
  const word = parts.at(-2)?.toLowerCase() ?? '';
  if (parts.length > 3 || !WORDS.includes(word)) return undefined;
  return [...parts.slice(0, -2), parts.at(-1)].join('/');
}

/** May a name stand behind the target? */
export function isKindTarget(target: string): boolean {
  return WORDS.includes(target.toLowerCase());
}

export const ingressTarget: ExplainTarget = {
  shape: 'ingress',
  text: 'the routing tables in the order tried, of one with ingress NAME or ing/NAME; with --url the rule that wins and why others lose',
  options: INGRESS_OPTIONS,
  takes: (target) => ingressName(target, undefined) !== undefined,
  run: runExplainIngress,
};

/** Says by the exit code whether there is an Ingress, or whether the URL is answered. */
async function runExplainIngress(
  io: Io,
  { target, name: named, options, progress }: ExplainRun,
): Promise<ExitCode> {
  const name = ingressName(target, named) ?? '';
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    const { explainIngress } = await import('../../query/explain-ingress.ts');
    progress.enter('routing');
    return explainIngress(snapshot, {
      ...(name === '' ? {} : { name }),
      ...requestOptions(options as IngressFlags),
    });
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  const { answer, input } = asked;
  await printAnswer(io, answer, { formats: INGRESS_FORMATS, options, input });
  if (answer.request !== undefined) return answer.request.status < 400 ? 0 : 1;
  return answer.ingresses.length === 0 ? 1 : 0;
}

function requestOptions(flags: IngressFlags): Omit<IngressQuestion, 'name'> {
  const { url, method, header, clientIp, from, controller, sni } = flags;
  return {
    ...(url === undefined ? {} : { url }),
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: header }),
    ...(clientIp === undefined ? {} : { clientIp }),
    ...(from === undefined ? {} : { from }),
    ...(controller === undefined ? {} : { controller }),
    ...(sni === undefined ? {} : { sni }),
  };
}
