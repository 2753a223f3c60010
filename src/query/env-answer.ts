/** The answer to `env` as programs read it (schema/env.schema.json). */

import type { AssumptionAnswer, DiagnosticAnswer, PlaceAnswer, SourceAnswer } from './answer.ts';

export interface EnvAnswer {
  readonly schema: 'k8snet/env/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly pod: PlaceAnswer;
  readonly container: { readonly name: string; readonly kind: ContainerKind };
  /** Names of all containers, in the order in which they start. */
  readonly containers: readonly string[];
  readonly enableServiceLinks: boolean;
  /**
   * The container's own in the order of effect (envFrom, then env), then those of Services by namespace and
   * name, within a Service in the kubelet's order.
   */
  readonly variables: readonly VariableAnswer[];
  readonly caveats: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export type ContainerKind = 'container' | 'init' | 'sidecar';

export interface VariableAnswer {
  readonly name: string;
  /** Absent where it is not known, or out of a Secret. */
  readonly value?: string;
  /** Why there is no value. */
  readonly hidden?: { readonly reason: 'secret' | 'unknown'; readonly text: string };
  /** `link`: one of the names that Docker's links had. */
  readonly from: 'env' | 'env-from' | 'service' | 'link';
  /** `shop/api`. */
  readonly service?: string;
  /** Where it stands; absent for a Service that every cluster has. */
  readonly source?: SourceAnswer;
  /** The entry of the container that counts instead. */
  readonly overriddenBy?: { readonly from: 'env' | 'env-from'; readonly source?: SourceAnswer };
  /** True where the running container lacks it until it restarts: its Service is younger. */
  readonly afterRestart?: true;
}
