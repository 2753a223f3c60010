/** Lines as np-guard's netpol-analyzer prints them. */

import type { AnalyzerAnswer } from '../../query/matrix/netpol-analyzer.ts';
import type { Renderer } from '../renderer.ts';

export const netpolAnalyzerRenderer: Renderer<AnalyzerAnswer> = {
  format: 'netpol-analyzer',
  render: ({ lines }) => lines.map((line) => `${line}\n`).join(''),
};
