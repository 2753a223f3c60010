/** What each assumption invents, and what takes its place. */

import type { AssumptionCode } from '../assumptions.ts';

export interface AssumptionPage {
  readonly invented: string;
  /** What to write so that it is a fact; undefined: nothing can. */
  readonly replacedBy?: string;
}

export const ASSUMPTION_PAGES: Readonly<Record<AssumptionCode, AssumptionPage>> = {
  A_UNMODELLED: { invented: 'that an object which is not modelled changes nothing; always decisive' },
  A_UPSTREAM_NXDOMAIN: { invented: 'that names outside the cluster domain do not exist' },
  A_EXTERNAL_DNS: {
    invented:
      'that the public DNS has the hosts of Ingresses and Gateways, with the address of their load balancer',
    replacedBy: 'dns.upstream',
  },
  A_NODE_FILES: {
    invented: 'what the node has in its resolv.conf (a name server, no search list) and in its hosts file',
    replacedBy: 'dns.nodeResolvConf',
  },
  A_CNI: {
    invented: 'flannel vxlan wiring, when no CNI is named or shows in the manifests',
    replacedBy: "--cni, cni: of the profile, the CNI's own objects",
  },
  A_POLICY_ENGINE: {
    invented: 'that NetworkPolicies are enforced, when the CNI is not known',
    replacedBy: 'the same, or cni.enforcesPolicy',
  },
  A_KUBE_PROXY: {
    invented: 'iptables mode, ClusterCIDR detector',
    replacedBy: '--proxy, proxy:, the configuration of kube-proxy among the manifests',
  },
  A_NODES: {
    invented: 'two nodes when there are none, more where pods ask for more; where pods without nodeName run',
    replacedBy: 'Node objects, spec.nodeName, nodes:',
  },
  A_POD_IP: {
    invented: 'pod and node addresses, by a stable hash of namespace and name',
    replacedBy: 'status, nodes:, podCIDRs:, the configuration of kubeadm or flannel',
  },
  A_CLUSTER_IP: {
    invented: 'the ClusterIP that the API server would allocate',
    replacedBy: 'spec.clusterIP',
  },
  A_NODEPORT: {
    invented: 'the node port that the API server would allocate',
    replacedBy: 'spec.ports[].nodePort',
  },
  A_LB: {
    invented:
      'that the load balancer passes packets on with their source: for its own address where the status has it, else to the node port',
    replacedBy: 'loadBalancer.kind, status.loadBalancer.ingress[].ipMode',
  },
  A_LB_HEALTH: {
    invented:
      'that the load balancer probes the health check node port, so that a Service with policy Local gets connections only where it has endpoints',
    replacedBy: 'loadBalancer.healthChecks',
  },
  A_LB_ADDRESS: {
    invented: 'an address for a load balancer whose status has none',
    replacedBy: 'status.loadBalancer, loadBalancer.addresses',
  },
  A_POD_NAME: { invented: 'api#1: a replica whose name nobody can know', replacedBy: 'Pod objects' },
  A_READY: { invented: 'that pods without a status are ready', replacedBy: 'status.conditions' },
  A_VETH_NAME: { invented: 'veth~web-0: host devices with random names' },
  A_TUNNEL_ADDR: {
    invented: 'the address of a tunnel device or of Cilium’s router, from the range of the node',
    replacedBy: 'annotations of Node objects, cni.options.tunnelAddresses, cni.options.routerAddresses',
  },
  A_UNVERIFIED: {
    invented:
      'what docs/cnis.md lists as not verified of the CNI: it is known from descriptions, neither from its source nor from a measured walk',
  },
  A_IDENTITY: { invented: 'the number of an identity, by a stable hash of namespace and labels' },
  A_SUBNET: {
    invented:
      'that nodes are on one link, where their addresses are invented; nodes in one /24 (IPv6: /64) are',
    replacedBy: 'Node objects, nodes:',
  },
  A_MTU: { invented: 'an MTU of 1500 bytes on the uplink of a node', replacedBy: 'nodes[].mtu' },
  A_BRNF: {
    invented: 'that net.bridge.bridge-nf-call-iptables is 1 on every node',
    replacedBy: 'nodes[].sysctls',
  },
  A_SPORT: { invented: 'client port 40000', replacedBy: '--source-port' },
  A_SNAT_PORT: { invented: 'translated port 61000, tunnel port 51000' },
  A_PORT: { invented: 'port 80, when nobody says one', replacedBy: 'the port in the reference' },
  A_CLIENT: {
    invented: 'internet is 203.0.113.9; it enters by the first node where no load balancer chooses one',
    replacedBy: 'an address as source, --node',
  },
  A_INGRESS_CLASS: {
    invented:
      'the controller that serves an Ingress, where no IngressClass is in the manifests: by the name of the class, or by annotations',
    replacedBy: 'IngressClass objects, ingressController.name, --controller',
  },
  A_CONTROLLER: {
    invented:
      'the pod of an Ingress controller or Gateway, and its Service of type LoadBalancer, as its own manifests install them',
    replacedBy: 'the manifests of the controller; a dump of the cluster',
  },
  A_SECRETS: {
    invented:
      'that a Secret which no manifest has does not exist, so that a controller serves its own certificate',
    replacedBy: 'the Secrets (their tls.crt; no private key is read)',
  },
  A_GATEWAY_CLASS: {
    invented:
      'that somebody serves the Gateways of a GatewayClass, where the manifests hold no GatewayClass at all',
    replacedBy: 'GatewayClass objects',
  },
  A_CERTIFICATES: {
    invented: 'that a Secret holds the certificate that a listener names, where the manifests hold no Secret',
    replacedBy: 'the Secrets (their tls.crt; no private key is read)',
  },
  A_MESH_CONFIG: {
    invented: 'that outboundTrafficPolicy is ALLOW_ANY, auto mTLS on and the root namespace istio-system',
    replacedBy: 'the ConfigMap istio of the root namespace, mesh.istio of the profile',
  },
  A_OBJECT_AGE: {
    invented: 'that of two objects of Istio the one with the name that comes first is the older one',
    replacedBy: 'metadata.creationTimestamp, as kubectl get -o yaml prints it',
  },
  A_SIDECAR: {
    invented:
      'that Istio is installed and injects a sidecar into each pod whose labels, or whose namespace, ask for one',
    replacedBy: 'manifests after injection (istioctl kube-inject), or a dump of the cluster',
  },
  A_AMBIENT: {
    invented:
      'that Istio is installed in its ambient profile, and that istio-cni and ztunnel run on the node of each pod whose labels, or whose namespace, enrol it',
    replacedBy: 'a dump of the cluster: istio-cni annotates the pods that it has redirected',
  },
  A_WAYPOINT: {
    invented:
      'that istiod has deployed one pod for a Gateway of the class istio-waypoint, of the service account and with the labels of its template',
    replacedBy: 'the Deployment and the pods of the waypoint, as a dump of the cluster has them',
  },
  A_REQUEST: {
    invented:
      'a GET for the name that was dialled, where a proxy reads HTTP and the question tells of no request',
    replacedBy: 'a URL, --path, --method, --header',
  },
  A_LISTENS: {
    invented: 'that a port which no container declares listens',
    replacedBy: 'a declared containerPort',
  },
  A_ANSWERS: { invented: 'that a host outside the cluster answers' },
};
