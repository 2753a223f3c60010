/** In words: how the labels of a workload differ from a selector that may have meant it, and what to change. */

import type { Help } from '../diagnostics/diagnostic.ts';
import type { Labels } from '../k8s/object.ts';
import { locate, refTo } from '../source/ref.ts';
import type { Candidate, Closest } from './closest-workload.ts';

/** `app=web, tier=front`. */
export function printLabels(labels: Labels): string {
  return [...labels].map(([key, value]) => `${key}=${value}`).join(', ') || 'no labels';
}

/** `Deployment api, app=api-server`. */
export function describeClosest({
  candidate,
  missing,
}: Closest<Pick<Candidate, 'kind' | 'name' | 'labels'>>): string {
  const differences = missing.map(({ key, instead }) => {
    if (instead !== undefined) return `${instead.key}=${instead.value}`;
    const value = candidate.labels.get(key);
    return value === undefined ? `no ${key}` : `${key}=${value}`;
  });
  return `${candidate.kind} ${candidate.name}, ${differences.join(', ')}`;
}

/**
 * Either the selector takes what the labels have, or the labels what the selector wants; not the second
 * where the workload selects its own pods by another value, which the API server would refuse.
 */
export function selectorCorrection({
  candidate,
  missing,
}: Closest<
  Pick<Candidate, 'kind' | 'labels' | 'ownSelector' | 'templatePath'> & Partial<Pick<Candidate, 'origin'>>
>): readonly Help[] {
  const wanted = missing.map(({ key, value }) => `${key}: ${value}`).join(', ');
  const what = candidate.kind === 'Pod' ? 'pod' : 'pod template';
  const mayRelabel = missing.every(({ key, value }) => (candidate.ownSelector.get(key) ?? value) === value);
  const relabel =
    mayRelabel && candidate.origin !== undefined
      ? [`label the ${what} ${wanted} (${labelsPlace(candidate.origin, candidate.templatePath)})`]
      : [];
  const own = missing.flatMap(({ key, instead }) => {
    const value = instead?.value ?? candidate.labels.get(key);
    return value === undefined ? [] : [`${instead?.key ?? key}: ${value}`];
  });
  const reselect = own.length === missing.length ? [own.join(', ')] : [];
  const text = [...reselect, ...relabel].join('   or ');
  return text === '' ? [] : [{ text, applicability: 'likely' }];
}

function labelsPlace(origin: Candidate['origin'], templatePath: Candidate['templatePath']): string {
  const { file, line } = locate(refTo(origin, ...templatePath, 'metadata', 'labels'));
  return `${file}:${line}`;
}
