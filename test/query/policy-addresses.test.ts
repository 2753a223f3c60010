/** Verdicts that rest on address blocks which hold pods: what the answer says of it. */

import { describe, expect, test } from 'vitest';
import { type TraceAnswer, traceQuestion } from '../../src/index.ts';
import { podYaml, policyYaml, world } from '../policy/world.ts';

describe('an address block that holds a pod', () => {
  const text = (cidr: string, address = '') =>
    [
      podYaml('shop/web', 'app=web') + (address === '' ? '' : `\nstatus: {podIPs: [{ip: ${address}}]}`),
      podYaml('shop/db', 'app=db'),
      policyYaml(
        'shop/db',
        `podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: ${cidr}}}]}]`,
      ),
    ].join('\n');
  const question = { from: 'shop/web', to: 'shop/db:80', dns: false };
  const ofAnswer = (answer: TraceAnswer) => ({
    result: answer.result,
    notes: answer.diagnostics.map(({ code }) => code),
    decisive: answer.assumptions.filter(({ decisive }) => decisive).map(({ code }) => code),
  });

  test.each([
    { cidr: '0.0.0.0/0', set: [], notes: ['policy-block-inside'], decisive: ['A_POLICY_ENGINE'] },
    {
      cidr: '10.0.0.0/8',
      set: [],
      notes: ['policy-block-inside'],
      decisive: ['A_POLICY_ENGINE', 'A_POD_IP'],
    },
    { cidr: '10.0.0.0/8', set: ['cni.ipBlock.pods=true'], notes: [], decisive: ['A_POD_IP'] },
    { cidr: '10.0.0.0/8', set: ['cni.name=calico'], notes: [], decisive: ['A_POD_IP'] },
    {
      cidr: '10.0.0.0/8',
      set: ['cni.ipBlock.pods=true', 'podCIDRs=10.1.0.0/16'],
      notes: [],
      decisive: [],
    },
  ])('$cidr under $set: what the answer rests on', ({ cidr, set, notes, decisive }) => {
    const answer = traceQuestion(world(text(cidr), set), question);
    expect(ofAnswer(answer)).toEqual({ result: 'reachable', notes, decisive });
  });

  test('a written address is no guess; a CNI that is known compares as it does', () => {
    const live = text('10.244.7.7/32', '10.244.7.7');
    const generic = ofAnswer(traceQuestion(world(live), question));
    expect(generic).toEqual({
      result: 'reachable',
      notes: ['policy-block-inside'],
      decisive: ['A_POLICY_ENGINE'],
    });
    const cilium = ofAnswer(traceQuestion(world(live, ['cni.name=cilium']), question));
    expect(cilium).toEqual({ result: 'unreachable', notes: ['isolated-no-rule-matches'], decisive: [] });
  });

  test('a block for hosts outside says nothing of a pod', () => {
    const answer = traceQuestion(world(text('203.0.113.0/24')), question);
    expect(ofAnswer(answer)).toEqual({
      result: 'unreachable',
      notes: ['isolated-no-rule-matches'],
      decisive: ['A_POLICY_ENGINE'],
    });
  });
});
