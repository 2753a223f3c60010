/** Line 1, the answer in short: `from → to   result   symptom or count`. */

import type { PathAnswer, PlaceAnswer, TraceAnswer } from '../../query/answer.ts';
import { isSuccess } from '../../trace/disposition.ts';
import { type Line, plain, type Span, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { count, DISPOSITION_WORDS, symptomWords } from './words.ts';

/** The first line; more than one only if it is wider than the page. */
export function headline(answer: TraceAnswer, page: Page): readonly Line[] {
  const result = resultWords(answer);
  const tone = answer.result === 'reachable' ? 'good' : 'bad';
  const rest = remark(answer);
  const spans: Span[] = [
    plain(`${referenceOf(answer.question.from)} ${page.glyphs.flows} ${answer.question.to}   `),
    { text: result, tone },
  ];
  if (rest !== '' && rest !== result) spans.push(plain(`   ${rest}`));
  if (ignoresPolicies(answer)) spans.push(plain('   policies ignored'));
  return wrap(spans, { width: page.width, start: 0, hang: 2 });
}

/** Did a policy say no, and the packet went on all the same? */
function ignoresPolicies({ paths }: TraceAnswer): boolean {
  const legs = paths.flatMap((path) => path.legs);
  return legs.some(({ hops }) =>
    hops.some(({ steps }) => steps.some(({ verdict }) => verdict === 'ignored')),
  );
}

/** A place as one would type it: `shop/web-0`, `node/node-a`, `internet`. */
function referenceOf(place: PlaceAnswer): string {
  if (place.kind === 'node') return `node/${place.name}`;
  return place.namespace === undefined ? place.name : `${place.namespace}/${place.name}`;
}

/** The result, or for a failure the one thing that all its paths end with. */
function resultWords(answer: TraceAnswer): string {
  const endings = new Set(answer.paths.map((path) => path.disposition));
  const [ending] = endings;
  if (answer.result !== 'unreachable' || ending === undefined || endings.size > 1) return answer.result;
  if (answer.paths.every(({ reason }) => reason === 'dns-denied-egress'))
    return 'DNS denied by egress policy';
  return DISPOSITION_WORDS[ending];
}

function remark(answer: TraceAnswer): string {
  switch (answer.result) {
    case 'reachable':
      return successRemark(answer.paths);
    case 'unreachable':
      return [...new Set(answer.paths.map((path) => symptomWords(path.symptom)))].join(' or ');
    case 'ambiguous':
      return shareThatAnswers(answer.paths);
    case 'undetermined':
      return answer.paths.some((path) => path.disposition === 'insufficient-info')
        ? DISPOSITION_WORDS['insufficient-info']
        : 'rests on an assumption';
  }
}

function successRemark(paths: readonly PathAnswer[]): string {
  const connections = paths[0]?.legs.filter((leg) => leg.purpose !== 'lookup').length ?? 0;
  if (connections > 1) return count(connections, 'connection');
  const endings = new Set(paths.map(successWords));
  const backends = new Set(paths.flatMap((path) => path.backends));
  const words = [...endings].join(' or ');
  const isChosen = backends.size > 1 || paths.some(isTranslated);
  return isChosen && backends.size > 0 ? `${words}, ${count(backends.size, 'backend')}` : words;
}

/** What the program sees; where nobody can know, that the packet leaves. */
function successWords(path: PathAnswer): string {
  return path.symptom === 'unknown' ? DISPOSITION_WORDS[path.disposition] : symptomWords(path.symptom);
}

/** Did a service proxy choose the backend? */
function isTranslated(path: PathAnswer): boolean {
  const changes = path.legs.flatMap((leg) =>
    leg.purpose === 'lookup'
      ? []
      : leg.hops.flatMap((hop) => hop.steps.flatMap((step) => step.changes ?? [])),
  );
  return changes.some((change) => change.nat === 'dnat' || change.nat === 'redirect');
}

function shareThatAnswers(paths: readonly PathAnswer[]): string {
  if (paths.some((path) => path.backends.length === 0)) {
    const answering = paths.filter((path) => isSuccess(path.disposition)).length;
    return `${answering} of ${paths.length} paths succeed`;
  }
  const all = new Set(paths.flatMap((path) => path.backends));
  const failing = new Set(
    paths.filter((path) => !isSuccess(path.disposition)).flatMap((path) => path.backends),
  );
  return `${all.size - failing.size} of ${all.size} backends answer`;
}
