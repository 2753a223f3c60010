/** TCP ports of ingress-nginx, which it passes on to a Service as they are. */

import { nginxInstalls } from '../../cluster/ingress-nginx-install.ts';
import { type StreamPort, streamPort } from '../../l7/controllers/ingress-nginx/streams.ts';
import { notFollowed } from '../../l7/controllers/unmodelled-annotations.ts';
import { CONTROLLERS } from '../../l7/controllers.ts';
import { ONE } from '../../net/fraction.ts';
import type { Asking } from '../asking.ts';
import type { Connection, Handling, ProxyFinder } from './proxy.ts';
import { placeOf } from './step-place.ts';

/** The controller whose ConfigMap names the port that took the connection. */
export const streamProxy: ProxyFinder = (asking, connection) => {
  const { objects, control } = asking.snapshot;
  const { pod, packet } = connection;
  if (!CONTROLLERS['ingress-nginx'].isPod(pod)) return undefined;
  const install = nginxInstalls(objects).find(({ namespace }) => namespace === pod.namespace);
  const stream = install === undefined ? undefined : streamPort(control, install, packet.dstPort);
  if (stream === undefined) return undefined;
  return {
    handle: () => handle(asking, connection, stream),
    // nginx resets the client's connection where its own fails.
    answerTo: (symptom) => ({ symptom: symptom === 'timeout' ? 'timeout' : 'reset' }),
  };
};

function handle(asking: Asking, { headers, request }: Connection, stream: StreamPort): Handling {
  const { backend, text, at, hasProxyProtocol } = stream;
  if (hasProxyProtocol) asking.report(notFollowed(`the PROXY protocol of ${text}`, at));
  const to = `svc/${backend.service.slice(backend.service.indexOf('/') + 1)}:${backend.port}`;
  const addresses = backend.endpoints.map(({ ip, port }) => ({ ip, port }));
  if (addresses.length > 0) {
    const step = { kind: 'proxy', text: `TCP → ${to}`, ...placeOf(asking, at) } as const;
    const shared = { kind: 'forward', share: ONE, steps: [step], headers } as const;
    const forward = { ...shared, to: { kind: 'addresses', addresses } } as const;
    return { steps: [], outcomes: [request === undefined ? forward : { ...forward, request }] };
  }
  const why = `the controller does not listen here: ${backend.service}:${backend.port} has no endpoint (${backend.state})`;
  return {
    steps: [],
    outcomes: [
      {
        kind: 'answer',
        share: ONE,
        disposition: 'no-l7-route',
        symptom: 'refused',
        steps: [{ kind: 'end', text: why }],
        causes: [
          {
            code: 'backend-unusable',
            severity: 'error',
            text: `${text} of the TCP services has no endpoint, so that its port is not open:`,
            sources: [{ at, role: 'primary' }],
          },
        ],
      },
    ],
  };
}
