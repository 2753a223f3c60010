import type { Pod } from '../../cluster/cluster.ts';
import { installsOf } from '../../l7/controller-install.ts';
import { ROUTE_KINDS } from '../../l7/gateway-api/model.ts';
import { gatewayInstall } from '../../l7/gateway-install.ts';
import type { FieldPath } from '../../source/document.ts';
import { admitsNamespaces, admitsOutside, type Isolated, isolatedAt } from '../admission.ts';
import type { CheckInput } from '../check-input.ts';
import { verdictOf } from '../connections.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import { type BackendRefView, backendRefViews, gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews, ownerOfIngress } from '../ingresses.ts';
import { podOfGroup, policySubject } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { selectingByKey } from '../services.ts';
import { type Subject, subjectName } from '../subject.ts';

const AROUND = [
  workload('web', { ports: '[{containerPort: 8080}]' }),
  service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]'),
  ingress('shop', 'web'),
];

export const netpolBlocksIngress: Rule = {
  name: 'netpol-blocks-ingress',
  severity: 'warning',
  precision: 'heuristic',
  tier: 1,
  kinds: ['Ingress', ...ROUTE_KINDS],
  what: 'The pods behind an Ingress or a route of a Gateway are isolated, and no rule admits the controller.',
  why: 'Controllers run in a namespace of their own, in the network of a node or outside: the request reaches the controller, and its connection to the pod times out (504).',
  fix: 'admit the namespace of the controller (or its addresses) at the port of the pods',
  sources: ['kubernetes/ingress-nginx:docs/troubleshooting.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'ingress: [{from: [{podSelector: {}}]}]')) },
    good: {
      manifests: manifests(...AROUND, policyOf('web', 'ingress: [{from: [{namespaceSelector: {}}]}]')),
    },
  },
  run: (input) => [
    ...backendViews(input).flatMap((view) => ofIngress(input, view)),
    ...backendRefViews(input).flatMap((view) => ofRoute(input, view)),
  ],
};

/** A port of a Service that a controller sends requests to. */
interface Door {
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
  /** What makes it do so. */
  readonly subject: Subject;
  readonly path: FieldPath;
  /** Its pods, where the input has them. */
  readonly controllers: readonly Pod[];
  /** May it run among the pods of the Service? Then every rule may mean it. */
  readonly isNear: boolean;
}

function ofIngress(input: CheckInput, { ingress: object, subject, backend }: BackendView): readonly Hit[] {
  const { controller } = ownerOfIngress(input)(object);
  const install = controller === undefined ? undefined : installsOf(input.snapshot.control).get(controller);
  return hitsOf(input, {
    namespace: object.metadata.namespace,
    service: backend.service,
    port: backend.port,
    subject,
    path: backend.path,
    controllers: install?.pods.filter(({ origin }) => origin !== undefined) ?? [],
    isNear: false,
  });
}

/** What serves a Gateway is made by its controller, in the namespace of the Gateway or of the controller. */
function ofRoute(input: CheckInput, { route, subject, ref, namespace }: BackendRefView): readonly Hit[] {
  const api = gatewaysOf(input);
  const gateways = api.statuses
    .filter((status) => status.route === route)
    .flatMap(({ attachments }) => attachments.map(({ listener }) => listener.gateway));
  if (gateways.length === 0 || ref.kind !== 'Service' || ref.port === undefined) return [];
  const installs = gateways.flatMap(
    (gateway) => gatewayInstall(input.snapshot.control, { gateway })?.pods ?? [],
  );
  return hitsOf(input, {
    namespace,
    service: ref.name,
    port: ref.port,
    subject,
    path: ref.path,
    controllers: installs,
    isNear: gateways.some(({ metadata }) => metadata.namespace === namespace),
  });
}

function hitsOf(input: CheckInput, door: Door): readonly Hit[] {
  const found = selectingByKey(input).get(`${door.namespace}/${door.service}`);
  const port = found?.service.body.ports.find(
    ({ name, port: number }) => number === door.port || (name !== '' && name === door.port),
  );
  if (found === undefined || port === undefined) return [];
  return isolatedAt(input, found.groups, port).flatMap((each): readonly Hit[] => {
    const [policy] = each.policies;
    const refused = refusalOf(input, door, each);
    if (policy === undefined || refused === undefined) return [];
    const own = policySubject(policy);
    return [
      {
        subject: own,
        path: ['spec', 'ingress'],
        message: `${subjectName(own)} shuts ${refused} out, which serves ${subjectName(door.subject)}: nothing admits it to ${subjectName(each.group.subject)} at port ${each.port}`,
        related: [
          { subject: door.subject, path: door.path, message: `leads to ${found.service.metadata.name}` },
          { subject: found.subject, path: port.path, message: `leads to port ${each.port}` },
        ],
        fact: `${subjectName(door.subject)} ${each.port}`,
      },
    ];
  });
}

/** Who is shut out: pods of the input, or a controller elsewhere that no rule can mean; undefined: nobody. */
function refusalOf(input: CheckInput, { controllers, isNear }: Door, at: Isolated): string | undefined {
  const to = podOfGroup(input, at.group);
  const known = controllers.filter(({ hostNetwork }) => !hostNetwork);
  if (to !== undefined && known.length > 0) {
    const flow = { to, protocol: at.protocol, port: at.port };
    const isOpen = known.some((from) => verdictOf(input, { ...flow, from }, 'ingress').action === 'allow');
    return isOpen
      ? undefined
      : `controller ${known[0]?.namespace}/${known[0]?.workload?.name ?? known[0]?.name}`;
  }
  const isMeant = at.rules.some((rule) => isNear || admitsOutside(rule) || admitsNamespaces(rule));
  return isMeant ? undefined : 'every controller (another namespace, or an address)';
}
