/** The matrix as a Mermaid flowchart, as Markdown of GitHub and GitLab draws it; dashed: on a node itself. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { endsOf, namedConnections } from './connections.ts';
import { ownNodeRows } from './own-node.ts';

export const mermaidRenderer: Renderer<MatrixAnswer> = {
  format: 'mermaid',
  render(answer) {
    const connections = namedConnections(answer);
    const ownNode = ownNodeRows(answer);
    const ends = endsOf([...connections, ...ownNode]);
    const idOf = new Map(ends.map((name, index) => [name, `n${index}`]));
    const lines = [
      'flowchart LR',
      ...ends.map((name) => `  ${idOf.get(name)}["${escapeLabel(name)}"]`),
      ...connections.map(
        ({ from, to, ports }) => `  ${idOf.get(from)} -->|"${escapeLabel(ports)}"| ${idOf.get(to)}`,
      ),
      ...ownNode.map(
        ({ from, to, ports, pods }) =>
          `  ${idOf.get(from)} -.->|"${escapeLabel(`${ports}, ${pods} on its node`)}"| ${idOf.get(to)}`,
      ),
    ];
    return `${lines.join('\n')}\n`;
  },
};

function escapeLabel(text: string): string {
  return text
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll(/[\r\n]+/g, ' ');
}
