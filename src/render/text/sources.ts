/** Where facts come from, in a word. */

import type { SourceAnswer } from '../../query/answer.ts';
import type { Fact } from '../../query/cluster-answer.ts';

/** `k8s/api.yaml:9`. */
export function placeText({ file, line }: SourceAnswer): string {
  return `${file}:${line}`;
}

/** `k8s/api.yaml:9`, `k8snet.yaml:4`, `flag`, `detected (kube-flannel.yaml:12)`, `assumed (A_POD_IP)`. */
export function sourceText({
  source,
  at,
  assumption,
}: Pick<Fact<unknown>, 'source' | 'at'> & { readonly assumption?: string }): string {
  switch (source) {
    case 'manifest':
      return at === undefined ? 'manifest' : placeText(at);
    case 'profile':
      return at === undefined ? 'flag' : placeText(at);
    case 'detected':
      return at === undefined ? 'detected' : `detected (${placeText(at)})`;
    case 'assumed':
      return assumption === undefined ? 'assumed' : `assumed (${assumption})`;
  }
}

/** What stands behind a value that is assumed. */
export function mark({ source }: Pick<Fact<unknown>, 'source'>): string {
  return source === 'assumed' ? '?' : '';
}
