/** Rules for programs: every line of the loadable text with what it is made from, written as it is made. */

import type { NodeRules } from '../../query/rules.ts';
import { sourceAnswer } from '../../query/source-answer.ts';
import { TOOL } from '../../query/tool.ts';
import type { StreamRenderer } from '../renderer.ts';
import { partsOf } from './save.ts';

/** schema/rules.schema.json; one line of the output holds one line of the rules. */
export const rulesJsonRenderer: StreamRenderer<NodeRules> = {
  format: 'json',
  *lines(rules) {
    const { node, mode, service, absent, rulesets, namer } = rules;
    const head = {
      schema: 'k8snet/rules/1',
      tool: TOOL,
      node,
      mode,
      ...(service === undefined ? {} : { service }),
      ...(absent === undefined ? {} : { absent }),
    };
    yield `${JSON.stringify(head).slice(0, -1)},"rulesets":[`;
    const parts = rulesets.flatMap((ruleset) => partsOf(rules).map((part) => ({ ruleset, part })));
    for (const [index, { ruleset, part }] of parts.entries()) {
      const { format, loadedBy, lines } = part;
      const about = { family: ruleset.family, format, loadedBy: loadedBy(ruleset) };
      yield `${index === 0 ? '' : ','}${JSON.stringify(about).slice(0, -1)},"lines":[`;
      let separator = '';
      for (const bunch of lines(ruleset)) {
        for (const { text, origin = [] } of bunch) {
          const because = origin.map((ref) => sourceAnswer(ref, { namer }));
          yield `${separator}${JSON.stringify({ text, ...(because.length === 0 ? {} : { because }) })}`;
          separator = ',';
        }
      }
      yield ']}';
    }
    yield rules.wiring === undefined ? ']}' : `],"datapath":${JSON.stringify(rules.wiring)}}`;
  },
};
