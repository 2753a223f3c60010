import type { NodeFacts } from '../../cluster/nodes.ts';
import { eligibleNodes, knownNodes } from '../eligible-nodes.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { type SelectingService, type ServiceObject, selectingServices } from '../services.ts';
import { subjectName } from '../subject.ts';

const NODES = ['n1', 'n2'].map((name) => object('v1', 'Node', name, []));
const SERVICE = service(
  'web',
  'type: NodePort',
  'externalTrafficPolicy: Local',
  'selector: {app: web}',
  'ports: [{port: 80, nodePort: 30080}]',
);
const PORTS = '[{containerPort: 80}]';

export const serviceLocalPolicyGap: Rule = {
  name: 'service-local-policy-gap',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Service'],
  what: 'A traffic policy of a Service is Local, and there are nodes that cannot have an endpoint: fewer pods than nodes, or pods that may not run everywhere.',
  why: 'What such a node gets for the Service it drops; clients wait until they give up.',
  fix: 'run the pods as a DaemonSet, or leave the policy at Cluster',
  sources: ['kubernetes/kubernetes:pkg/proxy/topology.go'],
  examples: {
    bad: { manifests: manifests(...NODES, SERVICE, workload('web', { ports: PORTS })) },
    good: { manifests: manifests(...NODES, SERVICE, workload('web', { ports: PORTS, kind: 'DaemonSet' })) },
  },
  run(input) {
    const nodes = knownNodes(input);
    if (nodes.length === 0) return [];
    return selectingServices(input).flatMap((each) => {
      const fields = localFields(each.service);
      if (fields.length === 0 || each.groups.length === 0) return [];
      const gap = gapOf(each.groups, nodes);
      return gap === undefined ? [] : fields.map((field) => hitOf(each, field, gap));
    });
  },
};

/** A load balancer leaves out the nodes without endpoint, by their health check. */
function localFields({ body }: ServiceObject): readonly string[] {
  if (body.headless) return [];
  const isOpen = body.type === 'NodePort' || (body.type === 'ClusterIP' && body.externalIps.length > 0);
  return [
    ...(isOpen && body.externalTrafficPolicy === 'Local' ? ['externalTrafficPolicy'] : []),
    ...(body.internalTrafficPolicy === 'Local' ? ['internalTrafficPolicy'] : []),
  ];
}

/** Which nodes go without, in words; undefined where each may have an endpoint. */
function gapOf(groups: readonly PodGroup[], nodes: readonly NodeFacts[]): string | undefined {
  const eligible = new Set(groups.flatMap((group) => eligibleNodes(group, nodes)));
  const never = nodes.map(({ node }) => node.name).filter((name) => !eligible.has(name));
  if (never.length > 0) return `on ${listed(never)}, where no such pod may run,`;
  const daemons = new Set(
    groups.filter(({ kind }) => kind === 'DaemonSet').flatMap((group) => eligibleNodes(group, nodes)),
  );
  const pods = groups.reduce((sum, { kind, replicas }) => sum + (kind === 'DaemonSet' ? 0 : replicas), 0);
  const left = nodes.length - daemons.size;
  return pods >= left ? undefined : `on at least ${left - pods} of ${nodes.length} nodes (${pods} pods)`;
}

const MOST_NAMES = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function hitOf({ subject, groups }: SelectingService, field: string, gap: string): Hit {
  return {
    subject,
    path: ['spec', field],
    message: `${field} Local: ${gap} traffic to ${subjectName(subject)} is dropped`,
    related: groups.map((group) => ({
      subject: group.subject,
      path: group.kind === 'DaemonSet' ? [...group.templatePath, 'spec'] : ['spec', 'replicas'],
      message:
        group.kind === 'DaemonSet'
          ? 'has a pod on each node that it may run on'
          : `has ${group.replicas} pods`,
    })),
  };
}
