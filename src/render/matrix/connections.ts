/** Connections with the names that diagrams and tables show. */

import type { ConnectionAnswer, MatrixAnswer } from '../../query/matrix/matrix-answer.ts';

/** The connections; groups by their text, ranges as `outside`. */
export function namedConnections({ connections, groups, peers }: MatrixAnswer): readonly ConnectionAnswer[] {
  const names = new Map<string, string>((groups ?? []).map(({ id, text }) => [id, text]));
  const ranges = peers.filter(({ kind }) => kind === 'range');
  for (const role of ['source', 'destination'] as const) {
    const own = ranges.filter((range) => range.role === role);
    for (const { id } of own) names.set(id, own.length === 1 ? 'outside' : `outside ${id}`);
  }
  const nameOf = (id: string) => names.get(id) ?? id;
  return connections.map(({ from, to, ports }) => ({ from: nameOf(from), to: nameOf(to), ports }));
}

/** The names at the ends of connections, in order. */
export function endsOf(connections: readonly Pick<ConnectionAnswer, 'from' | 'to'>[]): readonly string[] {
  return [...new Set(connections.flatMap(({ from, to }) => [from, to]))].sort();
}
