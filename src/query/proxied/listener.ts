/** Does the port that took the connection speak what the client speaks? */

import type { Pod } from '../../cluster/cluster.ts';
import { ONE } from '../../net/fraction.ts';
import type { Arrival, ProxyAnswer } from './proxy.ts';

const TLS_NAME = /https|tls|ssl|websecure/;
const PLAIN_NAME = /^(http|web|http-?\d*|plain)$/;
const TLS_PORTS: readonly number[] = [443, 8443];
const PLAIN_PORTS: readonly number[] = [80, 8080, 8000];

/** What a proxy answers to TLS at its plain port, or to a plain request at its TLS port; undefined: they fit. */
export function listenerAt({ pod, packet, request }: Arrival): ProxyAnswer | undefined {
  const speaks = schemeOf(pod, packet.dstPort);
  if (speaks === undefined || speaks === request.scheme) return undefined;
  const base = { kind: 'answer', share: ONE, disposition: 'no-l7-route', causes: [] } as const;
  if (request.scheme === 'https') {
    const text = `port ${packet.dstPort} speaks plain HTTP: the TLS handshake fails`;
    return { ...base, symptom: 'tls-failure', steps: [{ kind: 'end', text }] };
  }
  // nginx and Go's net/http answer a plain request at a TLS port so.
  const text = `400: port ${packet.dstPort} speaks TLS, the request is plain`;
  return { ...base, symptom: 'http-400', l7: { status: 400 }, steps: [{ kind: 'end', text }] };
}

/** By the name of the container's port, else by its number; undefined: nothing tells. */
function schemeOf({ ports }: Pod, number: number): 'http' | 'https' | undefined {
  const name = ports.find(({ containerPort }) => containerPort === number)?.name ?? '';
  if (TLS_NAME.test(name)) return 'https';
  if (PLAIN_NAME.test(name)) return 'http';
  if (TLS_PORTS.includes(number)) return 'https';
  return PLAIN_PORTS.includes(number) ? 'http' : undefined;
}
