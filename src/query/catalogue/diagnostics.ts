/** What to do about each diagnostic; what it says is in diagnostics/codes.ts. */

import type { DiagnosticCode } from '../../diagnostics/codes.ts';

export const DIAGNOSTIC_ADVICE: Readonly<Record<DiagnosticCode, string>> = {
  'yaml-syntax':
    'Correct the text at the place that is shown. A tab cannot indent in YAML; templates must be rendered first.',
  'yaml-alias-limit': 'Write the values out, or use fewer aliases of aliases.',
  'duplicate-key': 'Remove one of the two. kubectl would refuse it with --validate=strict.',
  'missing-kind': 'Add the kind, or keep the file out of -f.',
  'missing-api-version': 'Add the apiVersion; kubectl refuses the object without it.',
  'missing-name': 'Write metadata.name; kubectl refuses the object without it.',
  'not-an-object': 'Write an object there, or remove what is there.',
  'unknown-kind': 'Correct kind or apiVersion; kubectl refuses the object, and nothing of it is used.',
  'helm-templates': 'Render first: helm template CHART | k8snet … -f -',
  'invalid-field':
    'The message has the words of the API server; correct the field at the place that is shown.',
  'doubtful-value': 'Write what the message says it means, or what you meant.',
  'unknown-field': 'Correct the name of the field, or its place; what it was meant to say is not in force.',
  'deprecated-version': 'Write the version that the message names; a cluster of today refuses the old one.',
  'duplicate-object': 'Give the file that is meant with -f, or rename one of the objects.',
  'istio-host-unknown': 'Correct the name; a short one is a Service of the namespace of the rule.',
  'istio-host-half-qualified': 'Write the full name, NAME.NAMESPACE.svc.cluster.local, or the bare one.',
  'istio-subset-undefined':
    'Define the subset in a DestinationRule of the namespace of the Service; one in the namespace of the client hides it.',
  'istio-subset-empty': 'Correct the labels of the subset, or give the pods these labels.',
  'istio-virtualservice-conflict': 'Put the rules into one VirtualService: sidecars never join them.',
  'istio-gateway-unbound':
    'Correct the name (NAMESPACE/NAME from another namespace) or the selector of the Gateway.',
  'istio-gateway-host': 'Add the host to a server of the Gateway.',
  'istio-route-unreachable': 'Put the narrower rule first.',
  'istio-destination-port': 'Write the port of the Service that is meant.',
  'istio-port-protocol': 'Name the port http, http2 or grpc, or write appProtocol.',
  'istio-socket-translation':
    'Set socketLB.hostNamespaceOnly in the values of Cilium, so that pods dial the Service.',
  'istio-hbone-port':
    'Allow port 15008 (TCP) beside the port of the application in NetworkPolicies of pods in ambient mode.',
  'istio-waypoint-missing':
    'Correct the name, write istio.io/use-waypoint-namespace, or change the Gateway: its label istio.io/waypoint-for, allowedRoutes of its listener.',
  'istio-proxy-user': 'Run the application as another user than 1337.',
  'istio-no-proxy': 'Label the namespace of the clients, or bind the rule to a gateway.',
  'istio-delegate':
    'Correct the name, export the delegate to the namespace of the root, or make its conditions narrower than those of the root.',
  unmodelled:
    'The answer is right as long as the object changes nothing. --strict refuses to answer where it could.',
  'profile-invalid': 'Correct the key or value. The keys of a profile are in docs/cli.md and the README.',
  'test-invalid': 'Correct the key or value. The keys of a test file are in docs/tests.md.',
  'corefile-invalid':
    'Correct the line of the ConfigMap: a CoreDNS that restarts with it stays down; one that runs keeps the old file.',
  'facts-disagree':
    'See which of the two the cluster really has, and correct the other; a value in the profile settles it.',
  'no-node-fits':
    'Node labels, taints or affinity of the pod exclude every node that is known: give Node objects, or nodes: in the profile.',
  'too-many-pods': 'Lower the replicas; the bound keeps a slip of the pen from filling the memory.',
  'address-range-full':
    'Give the cluster a larger range: podCIDRs, serviceCIDRs or nodePortRange of the profile.',
  'pod-ip-conflict':
    'Both are used as written, and packets go to the first one: remove the status of the pod that is gone.',
  'address-outside-ranges':
    'Give podCIDRs or serviceCIDRs of the profile: masquerade and routes are made from them.',
  'ranges-overlap':
    'Give each a range of its own. What has an address of both is reached as a Service, by rules that go before routes.',
  'range-too-small': 'Take a larger range; a cluster cannot change it later without being built anew.',
  'file-unreadable': 'Mend the link or its permissions, or keep it out of the folder.',
  'not-text': 'Keep the file out of -f, or give it another name.',
  'service-cluster-ip-conflict':
    'The API server would refuse the second Service: give it another clusterIP, or none.',
  'node-missing': 'Give the Node object, or nodes: in the profile; until then the pod has no place.',
  'topology-hints-disabled':
    'Traffic is spread over all endpoints; the message says what a Service or its nodes lack for hints.',
  'endpoints-overwritten': 'Remove the selector of the Service, or the Endpoints object.',
  'policy-block-inside':
    'Say which CNI it is (--cni), or write a podSelector: blocks are meant for addresses outside of the cluster.',
  'policy-not-enforced':
    'Nothing is denied in such a cluster. Use a CNI with a policy engine, or say which one it is: --cni.',
  'isolated-no-rule-matches': 'See the reason of the same name.',
  'admin-deny': 'See the reason of the same name.',
  'baseline-deny': 'See the reason of the same name.',
  'policy-deny': 'See the reason of the same name.',
  'dns-denied-egress': 'See the reason of the same name.',
  'reachable-otherwise': 'Mend the cause above; nothing else stands in the way.',
  'no-such-service': 'See the reason of the same name.',
  'no-such-namespace': 'See the reason of the same name.',
  'no-such-port': 'See the reason of the same name.',
  'selector-matches-no-pod': 'See the reason of the same name.',
  'selector-in-other-namespace': 'See the reason of the same name.',
  'target-port-name-unknown': 'See the reason of the same name.',
  'pods-not-ready': 'See the reason of the same name.',
  'no-slice': 'See the reason of the same name.',
  'headless-no-ready-pod': 'See the reason of the same name.',
  'name-unavailable': 'See the disposition of the same name.',
  'name-not-found': 'See the disposition of the same name.',
  'dns-limits':
    'Shorten spec.dnsConfig or the search list of the node: 3 name servers, 32 domains, 2048 characters.',
  'dns-policy-falls-back':
    'With hostNetwork, write dnsPolicy: ClusterFirstWithHostNet. Without a cluster DNS, give dns.clusterIPs of the profile.',
  'no-dns-name':
    'It takes spec.hostname, a spec.subdomain, and a headless Service of that name which selects the pod.',
  'hosts-file-mounted':
    'Names in hostAliases are not known to that container; put them into the mounted file.',
  'pod-not-started': 'Mend what the message says; until then nothing of the pod runs.',
  'env-snapshot':
    'Apply Services before the pods that read their variables, or use their DNS names, which follow every change.',
  'env-service-later': 'Restart the workload: kubectl rollout restart; or use the DNS name of the Service.',
  'env-collision':
    'Rename one of the Services, write the variable in env of the container, or set enableServiceLinks: false.',
  'env-overridden':
    'env wins over envFrom, and both over the variables of Services. Remove the entry to have the latter.',
  'env-port-url':
    'Set enableServiceLinks: false in the pod, write the variable in env of the container, or rename the Service.',
  'env-unresolved': 'Put the entry that it refers to before it; $$(NAME) stands for the text itself.',
  'env-source-missing':
    'The container waits in CreateContainerConfigError unless the object is there; give it with -f, or mark the reference optional.',
  'env-key-skipped': 'Rename the key: letters, digits, -, _ and ., not beginning with a digit.',
  'variable-expanded': "See k8snet env POD for all of them. Quote the dollar sign from the shell: '$(NAME)'.",
  'containers-not-asked': 'Name the container that is meant: -c CONTAINER.',
  'name-in-ascii': 'Nothing is wrong: this is how programs ask. No object of Kubernetes has such a name.',
  'search-list-captures':
    'Write the name with a final dot, or rename the namespace: names of top-level domains are taken by it.',
  'search-list-wasted': 'A final dot, or a lower ndots in dnsConfig, saves the questions.',
  'ports-not-asked': 'Name the port that is meant: svc/NAME:PORT.',
  'port-not-declared': 'Declare the containerPort, or take no notice: containers may listen where they like.',
  'service-target-port-partial': 'Give the containerPort of every selected pod that name.',
  'endpoints-port-name': 'Name the port of the slice or Endpoints object as the Service names its own.',
  'load-balancer-pending':
    'Give the address in loadBalancer.addresses of the profile, or the status that the cluster has.',
  'load-balancer-outside':
    'Nodes have rules for addresses of the status with ipMode VIP or none, not for host names and ipMode Proxy: use the Service’s name inside.',
  'service-local-policy-gap': 'Use the policy Cluster, or run an endpoint on every node.',
  'host-port-shadowed': 'Give one of the two another number.',
  'service-external-ip-conflict': 'Give each Service an address or port of its own.',
  'service-other-family': 'Ask in the family of the Service (-4, -6), or give it both families.',
  'service-node-port-conflict':
    'The API server would refuse the second Service: give it another nodePort, or none.',
  'no-door':
    'Open it by type NodePort or LoadBalancer, by an Ingress or Gateway, or by kubectl port-forward.',
  'no-local-endpoint': 'See the disposition of the same name.',
  'source-range-mismatch': 'See the reason of the same name.',
  'client-address':
    'externalTrafficPolicy Local keeps it, and uses only endpoints of the node; a proxy has to tell it (PROXY protocol, X-Forwarded-For).',
  'host-port-closed':
    'Ask at the address that hostIP names, or use a CNI that chains the portmap plugin behind its own.',
  'bridge-netfilter-off': 'See the reason of the same name.',
  'martian-source': 'See the reason of the same name.',
  'netpol-admin-equal-priority': 'Give them different priorities; the lowest is looked at first.',
  'reference-outside-input': 'Give the object with -f, with its labels.',
  'netpol-selects-nothing':
    'Correct the selector, or the labels of the pods that are meant: the message names the closest ones.',
  'netpol-peer-matches-nothing': 'The same; as long as nothing matches, the peer admits nobody.',
  'netpol-namespace-unmatched':
    'Select by kubernetes.io/metadata.name, which every namespace has, or label the namespace.',
  'matrix-capped': 'Ask for a part: --from, --to or --port.',
  'workload-divided':
    'Give the pods of the workload the same labels, or take addresses of single pods out of the policies.',
  'ingress-class-unknown': 'Write spec.ingressClassName, and give the IngressClass with -f.',
  'ingress-tls-secret-missing':
    'A controller reads Secrets of the namespace of the Ingress only; without one it serves its own certificate.',
  'ingress-backend-port':
    'Write the port of the Service; its target port is what other controllers do not take.',
  'ingress-nginx-rewrite-loses-path':
    'Capture what is to be kept, and refer to it: path /app(/|$)(.*), rewrite-target: /$2.',
  'ingress-annotation':
    'Mend the value. Some annotations are ignored then, others drop the Ingress or make its paths answer 503; the message says which.',
  'ingress-left-out': 'As if it were not there: its hosts answer 404 unless another Ingress has them.',
  'ingress-reload-fails':
    'Remove one of the two paths; until then the controller keeps its last good configuration.',
  'mtu-too-large':
    'Give cni.mtu (or the MTU in the configuration of the CNI) the bytes that the encapsulation leaves, or raise the MTU of the nodes.',
  'host-no-match': 'See the reason of the same name.',
  'path-no-match': 'See the reason of the same name.',
  'gateway-no-route': 'k8snet explain gateway NAME --url URL tells what each listener and rule lacks.',
  'backend-unusable': 'Mend the reference at the place that is shown.',
  'l7-denied': 'See the disposition denied-l7; explain ingress --client-ip ADDRESS asks for another client.',
  'request-not-asked': 'Give a URL as the target, or --path and --header Host:NAME.',
  'rules-not-asked': 'Name the URL of the one that is meant.',
  redirected: 'Trace the URL that the message names.',
  'controller-assumed':
    'Give the manifests of the controller, too: its Service decides which address it sees as the client.',
  'url-port-closed': 'Ask for the port that the message names, or put a load balancer before it.',
  'gateway-class-unknown': 'Correct gatewayClassName, or give the GatewayClass with -f.',
  'gateway-listener-conflict':
    'Give the listeners different ports or hostnames; of a Gateway none of them works, of ListenerSets the later one does not.',
  'gateway-listener-invalid':
    'The message names what does not fit; see kubectl explain gateway.spec.listeners.',
  'gateway-certificate':
    'Give the Secret with -f; it must be of type kubernetes.io/tls. Until then handshakes fail.',
  'gateway-allowed-listeners-none':
    'Set allowedListeners on the Gateway; by default it admits no ListenerSet.',
  'gateway-route-parent-missing':
    'Correct name, namespace, sectionName or port of the parentRef; its namespace is the one of the route unless written.',
  'gateway-route-not-admitted':
    'Widen allowedRoutes or the hostname of the listener, or attach the route to another one.',
  'gateway-http-grpc-clash': 'Give the routes different hostnames, or put the rules into routes of one kind.',
  'gateway-tcp-second-route': 'Attach the route to a listener of its own.',
  'gateway-no-backend': 'Add backendRefs, or a RequestRedirect filter; as it is, clients get 500.',
  'gateway-backend-missing':
    'Correct the name or namespace; a Service of another namespace needs a ReferenceGrant.',
  'gateway-backend-port':
    'Write the number of a port of the Service; target ports and names do not count here.',
  'gateway-backend-kind': 'Name a Service; other kinds work only with the implementation that brings them.',
  'gateway-backend-tls': 'Give the ConfigMap with ca.crt, or remove the policy that loses.',
  'gateway-reference-not-granted':
    'Create the ReferenceGrant that the help names, in the namespace of the target.',
  'gateway-zero-weight': 'Give at least one backend a weight.',
  'paths-capped': 'Ask for one of them with --backend; the shares of those that are shown are exact.',
};
