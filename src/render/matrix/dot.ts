/**
 * The matrix as a graph in Graphviz' language: a box for each namespace, an arrow for each connection. What
 * a node reaches on itself alone is dashed.
 */

import { addTo } from '../../collections/grouping.ts';
import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { endsOf, namedConnections } from './connections.ts';
import { ownNodeRows } from './own-node.ts';

export const dotRenderer: Renderer<MatrixAnswer> = {
  format: 'dot',
  render(answer) {
    const connections = namedConnections(answer);
    const namespaceOf = new Map(answer.peers.map(({ id, namespace }) => [id, namespace]));
    const boxes = new Map<string, string[]>();
    const loose: string[] = [];
    const ownNode = ownNodeRows(answer);
    for (const name of endsOf([...connections, ...ownNode])) {
      const namespace = namespaceOf.get(name);
      if (namespace === undefined) loose.push(name);
      else addTo(boxes, namespace, name);
    }
    const lines = [
      'digraph {',
      '  rankdir=LR;',
      '  node [shape=box];',
      ...[...boxes].flatMap(([namespace, names]) => [
        `  subgraph ${quote(`cluster_${namespace}`)} {`,
        `    label=${quote(namespace)};`,
        ...names.map((name) => `    ${quote(name)} [label=${quote(name.slice(namespace.length + 1))}];`),
        '  }',
      ]),
      ...loose.map((name) => `  ${quote(name)} [shape=ellipse];`),
      ...connections.map(
        ({ from, to, ports }) => `  ${quote(from)} -> ${quote(to)} [label=${quote(ports)}];`,
      ),
      ...ownNode.map(
        ({ from, to, ports, pods }) =>
          `  ${quote(from)} -> ${quote(to)} [style=dashed, label=${quote(`${ports}, ${pods} on its node`)}];`,
      ),
      '}',
    ];
    return `${lines.join('\n')}\n`;
  },
};

function quote(text: string): string {
  return `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/[\r\n]+/g, ' ')}"`;
}
