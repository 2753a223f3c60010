/**
 * A real Envoy as the judge of our routes: generated VirtualServices and HTTPRoutes are its configuration by istiod's own
 * translation, and generated requests must end at the same backend, with the same path, Host, headers and status.
 */

import { expect, test } from 'vitest';
import { compared, ourAnswers, requestLine } from '../oracles/envoy/answers.ts';
import { type Case, sampleCases } from '../oracles/envoy/cases.ts';
import { envoyVersion, type RunningEnvoy, startEnvoy } from './envoy.ts';

const SEED = Number(process.env['K8SNET_KERNEL_SEED'] ?? 1);

test('40 worlds: every request has the same fate as in Envoy', { timeout: 300_000 }, async (context) => {
  context.skip(
    envoyVersion() === undefined,
    'there is no envoy on the PATH, and K8SNET_ENVOY names none that runs',
  );
  const cases = sampleCases(SEED, 20, 10);
  const envoy = await startEnvoy(cases.map(({ world }) => world));
  try {
    expect(await differencesOf(cases, envoy)).toEqual([]);
  } finally {
    envoy.stop();
  }
});

async function differencesOf(cases: readonly Case[], envoy: RunningEnvoy): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const [index, { world, requests }] of cases.entries()) {
    const answer = ourAnswers(world);
    for (const asked of requests) {
      const [ours, theirs] = [answer(asked), await envoy.ask(index, asked)];
      if (compared(world, { ours, theirs, asked }) !== 'different') continue;
      const lines = `Envoy ${theirs.join(' | ')}, we ${ours.lines.join(' | ')}`;
      differences.push(`${index} ${requestLine(asked)}: ${lines}`);
    }
  }
  return differences;
}
