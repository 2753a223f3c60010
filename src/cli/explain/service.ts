/** `k8snet explain svc/NAME`: what a Service is in this cluster. */

import { SERVICE_FORMATS } from '../../render/formats.ts';
import { type ExplainTarget, explainWith, namesKind } from './target.ts';

const WORDS = ['svc', 'service', 'services'];

export const serviceTarget: ExplainTarget = {
  shape: 'svc/NAME',
  text: 'a Service: its ports, endpoints, the doors that lead to it and for whom, what breaks',
  takes: (target) => namesKind(target, WORDS),
  run: (io, run) =>
    explainWith(io, run, {
      formats: SERVICE_FORMATS,
      ask: async (snapshot) =>
        (await import('../../query/explain-service.ts')).explainService(snapshot, run.target),
    }),
};
