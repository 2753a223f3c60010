/** What can be explained. A new target is one file here and one line below, before `wordTarget`. */

import { clusterTarget } from './cluster.ts';
import { gatewayTarget } from './gateway.ts';
import { ingressTarget } from './ingress.ts';
import { podTarget } from './pod.ts';
import { policyTarget } from './policy.ts';
import { routeTarget } from './route.ts';
import { serviceTarget } from './service.ts';
import type { ExplainTarget } from './target.ts';
import { virtualServiceTarget } from './virtual-service.ts';
import { wordTarget } from './word.ts';

/** The first that takes a text runs it; a word takes every text. */
export const EXPLAIN_TARGETS: readonly ExplainTarget[] = [
  clusterTarget,
  serviceTarget,
  ingressTarget,
  gatewayTarget,
  routeTarget,
  virtualServiceTarget,
  policyTarget,
  podTarget,
  wordTarget,
];
