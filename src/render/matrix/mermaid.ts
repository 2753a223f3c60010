/** The matrix as a Mermaid flowchart, as Markdown of GitHub and GitLab draws it. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { endsOf, namedConnections } from './connections.ts';

export const mermaidRenderer: Renderer<MatrixAnswer> = {
  format: 'mermaid',
  render(answer) {
    const connections = namedConnections(answer);
    const ends = endsOf(connections);
    const idOf = new Map(ends.map((name, index) => [name, `n${index}`]));
    const lines = [
      'flowchart LR',
      ...ends.map((name) => `  ${idOf.get(name)}["${escapeLabel(name)}"]`),
      ...connections.map(
        ({ from, to, ports }) => `  ${idOf.get(from)} -->|"${escapeLabel(ports)}"| ${idOf.get(to)}`,
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
