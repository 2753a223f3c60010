/** The answer to `explain svc/NAME` as programs read it (schema/explain-service.schema.json). */

import type { Delivery, ExcludedNode } from '../control/load-balancer.ts';
import type { DiagnosticAnswer, SourceAnswer } from './answer.ts';
import type { ServiceAnswer, ServicePortAnswer } from './cluster-answer.ts';

export interface ServiceExplanation {
  readonly schema: 'k8snet/explain-service/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly service: Omit<ServiceAnswer, 'ports' | 'endpoints' | 'externalIps'>;
  readonly selector?: Readonly<Record<string, string>>;
  readonly policies: {
    readonly internalTrafficPolicy?: 'Cluster' | 'Local';
    readonly externalTrafficPolicy?: 'Cluster' | 'Local';
    readonly sessionAffinitySeconds?: number;
    readonly trafficDistribution?: string;
  };
  readonly ports: readonly ExplainedPort[];
  readonly endpoints: readonly ExplainedEndpoint[];
  /** The ways in, the narrowest first. */
  readonly doors: readonly Door[];
  readonly findings: readonly DiagnosticAnswer[];
}

export interface ExplainedPort extends ServicePortAnswer {
  readonly appProtocol?: string;
  readonly endpoints: { readonly total: number; readonly ready: number };
}

export interface ExplainedEndpoint {
  readonly address: string;
  /** Of the slice, by the name of the Service port. */
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  readonly pod?: string;
  readonly node?: string;
  readonly zone?: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly at?: SourceAnswer;
}

export interface Door {
  readonly kind: 'name' | 'cluster-ip' | 'node-port' | 'external-ip' | 'load-balancer';
  /** What is dialled: a name, `10.96.0.50:80`, `node-a 10.0.0.11:30080`. */
  readonly at: readonly string[];
  readonly from: 'inside' | 'anywhere';
  /** Whom a server sees when the client is a pod, and when it is outside. */
  readonly sees: { readonly pod?: 'client' | 'node'; readonly outside?: 'client' | 'node' | 'load-balancer' };
  /** Endpoints that it leads to: of every node, or of the node that gets the packet. */
  readonly uses: 'every endpoint' | 'endpoints of the node';
  /** Sources that are let in; absent: all. */
  readonly sourceRanges?: readonly string[];
  readonly balancer?: {
    readonly delivery: Delivery;
    readonly nodes: readonly string[];
    readonly excluded: readonly { readonly node: string; readonly why: ExcludedNode['why'] }[];
    readonly healthCheckNodePort?: number;
    /** The address is not written anywhere. */
    readonly pending: boolean;
  };
}
