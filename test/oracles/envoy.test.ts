/**
 * What the real Envoy did with generated VirtualServices and HTTPRoutes, recorded by scripts/oracles/envoy.ts, and what our
 * engine says.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compared, ourAnswers, type RecordedEnvoy, requestLine } from './envoy/answers.ts';

const file = 'test/oracles/recorded/envoy-1.40.0.json';
const recorded = JSON.parse(readFileSync(file, 'utf8')) as RecordedEnvoy;

describe(`Envoy ${recorded.envoy}`, () => {
  test.each(['istio', 'gateway-api'] as const)('%s', (api) => {
    const differences: string[] = [];
    let [asked, excused] = [0, 0];
    for (const { world, answers } of recorded.cases.filter((each) => each.world.api === api)) {
      const answer = ourAnswers(world);
      for (const [request, theirs] of answers) {
        const ours = answer(request);
        const verdict = compared(world, { ours, theirs, asked: request });
        asked += 1;
        if (verdict === 'different') {
          differences.push(
            `${requestLine(request)}\n  - ${theirs.join(' | ')}\n  + ${ours.lines.join(' | ')}`,
          );
        } else if (verdict !== 'same') excused += 1;
      }
    }
    expect(differences.join('\n')).toBe('');
    expect(asked).toBeGreaterThan(250);
    // Of VirtualServices nothing is left open; the API leaves a part to implementations.
    expect(excused).toBeLessThanOrEqual(api === 'istio' ? 0 : asked / 4);
  });
});
