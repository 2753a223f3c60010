/** Generated clusters as the program reads them. */

import { loadSnapshot, type Snapshot } from '../src/index.ts';
import type { SourceFile } from '../src/source/file.ts';
import { asYaml, clusterObjects, PROFILE } from './generate.ts';
import type { Shape } from './shapes.ts';

/** Reads everything that a question needs before its first packet. */
export function load(files: readonly SourceFile[]): Snapshot {
  const snapshot = loadSnapshot({
    files,
    profile: { file: { name: 'k8snet.yaml', text: PROFILE }, flags: { set: [] } },
  });
  void snapshot.dataplane;
  return snapshot;
}

/** The cluster of a shape. */
export function loadShape(shape: Shape): Snapshot {
  return load([file(asYaml(clusterObjects(shape)))]);
}

export function file(text: string): SourceFile {
  return { name: 'all', text };
}
