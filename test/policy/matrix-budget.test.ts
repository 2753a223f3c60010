/** How much work a matrix is, in counts that no machine changes: it grows with classes and policies, not with pods. */

import { expect, test } from 'vitest';
import { asJson, clusterObjects, PROFILE } from '../../bench/generate.ts';
import { SHAPES, type Shape } from '../../bench/shapes.ts';
import { loadSnapshot } from '../../src/index.ts';
import { type PolicyMatrix, policyMatrix } from '../../src/policy/matrix/matrix.ts';

const SHAPE: Shape = {
  ...SHAPES.medium,
  nodes: 20,
  namespaces: 10,
  workloads: 150,
  replicas: 3,
  services: 0,
  routes: 0,
  policies: 150,
};

/** Blocks do not look at pods: their addresses would make classes of the pods of one workload. */
function matrixOf(shape: Shape): PolicyMatrix {
  const files = [{ name: 'all.json', text: asJson(clusterObjects(shape)) }];
  const profile = {
    file: { name: 'k8snet.yaml', text: PROFILE },
    flags: { set: ['cni.ipBlock.pods=false'] },
  };
  const { cluster, policies } = loadSnapshot({ files, profile });
  const { settings } = policies;
  return policyMatrix({
    cluster,
    pods: cluster.pods,
    index: policies,
    settings,
    family: 4,
    hostNetwork: 'nodes',
  });
}

test('one class for each workload, and one more for the cluster DNS', () => {
  expect(matrixOf(SHAPE).universe.hostsAt).toBe(151);
});

test('replicas of the same classes cost nothing but their sorting', () => {
  const [once, twice] = [matrixOf(SHAPE), matrixOf({ ...SHAPE, replicas: 6 })];
  expect(twice.universe.hostsAt).toBe(once.universe.hostsAt);
  expect(twice.work).toEqual(once.work);
  expect([...twice.blocks()].length).toBe([...once.blocks()].length);
});

test('a selector is tried on the classes with its rarest label alone, and a row is made once for a set of policies', () => {
  const { work } = matrixOf(SHAPE);
  // A subject or peer by label has a handful of candidates in its namespace; trying all would be 22,650.
  expect(work.selectorTests).toBeLessThan(150 * 12);
  // At most one for each workload and direction.
  expect(work.rows).toBeLessThanOrEqual(2 * 151);
});

test('blocks are far fewer than pairs', () => {
  const blocks = [...matrixOf(SHAPE).blocks()].length;
  expect(blocks).toBeLessThan(500);
});
