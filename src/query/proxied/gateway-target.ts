/** `gtw/edge` as a target: a request to its first listener. */

import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { EVERY_HOST } from '../../l7/gateway-api/hostnames.ts';
import type { Listener } from '../../l7/gateway-api/model.ts';
import { gatewaysOf } from '../gateway/scene.ts';
import { parseReference } from '../reference.ts';
import type { Snapshot } from '../snapshot.ts';
import { UsageError } from '../usage-error.ts';

export interface GatewayTarget {
  readonly table: GatewayTable;
  /** @param address of the Gateway, for a listener that takes every host. */
  urlAt(address: string | undefined): string;
}

/**
 * The Gateway that a reference means; undefined: it means something else.
 * @throws UsageError with those of nearly that name, or why it takes no request.
 */
export function gatewayTarget(snapshot: Snapshot, text: string): GatewayTarget | undefined {
  const reference = parseReference(text);
  if (reference.kind !== 'object' || reference.objectKind !== 'Gateway') return undefined;
  const { namespace = snapshot.profile.namespace, name, port } = reference;
  const api = gatewaysOf(snapshot.control);
  const table = api.gateway(`${namespace}/${name}`);
  if (table === undefined) throw missing(snapshot, namespace, name);
  const listener = table.listeners.find(
    ({ accepted, body }) =>
      accepted && ['HTTP', 'HTTPS', 'TLS'].includes(body.protocol) && isAsked(body.port, port),
  );
  if (listener === undefined) throw new UsageError(`${text} has no listener for requests that is accepted`);
  return { table, urlAt: (address) => urlOf(table, listener, address) };
}

function isAsked(port: number, asked: string | undefined): boolean {
  return asked === undefined || String(port) === asked;
}

function missing({ objects, control }: Snapshot, namespace: string, name: string): UsageError {
  const isThere = objects
    .ofKind('Gateway')
    .some(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (isThere) return new UsageError(`nobody serves Gateway ${namespace}/${name}: its class is not there`);
  const keys = gatewaysOf(control).gateways.map(
    ({ gateway: { metadata } }) => `${metadata.namespace}/gtw/${metadata.name}`,
  );
  const near = nearest(`${namespace}/gtw/${name}`, keys, 5);
  return new UsageError(
    `no Gateway ${name} in namespace ${namespace}`,
    near.length > 0 ? near : keys.slice(0, 5),
  );
}

function urlOf(table: GatewayTable, listener: Listener, address: string | undefined): string {
  const { protocol, port, hostname } = listener.body;
  const named = table
    .attachmentsOf(listener)
    .flatMap(({ hostnames }) => hostnames.map(({ effective }) => effective));
  const host =
    [...named, hostname ?? EVERY_HOST].find((each) => each !== EVERY_HOST)?.replace(/^\*/, 'any') ?? address;
  if (host === undefined) {
    throw new UsageError(
      `Gateway ${table.gateway.metadata.name} takes every host, and nothing tells its address`,
    );
  }
  const scheme = protocol === 'HTTP' ? 'http' : 'https';
  const isUsual = port === (scheme === 'http' ? 80 : 443);
  return `${scheme}://${host}${isUsual ? '' : `:${port}`}/`;
}
