/**
 * How ingress-nginx is installed. Source: kubernetes/ingress-nginx:deploy/static/provider/cloud/deploy.yaml, v1.15.1; its
 * Helm chart leaves externalTrafficPolicy at Cluster.
 */

import { NGINX_IMAGE } from '../../../cluster/ingress-nginx-install.ts';
import { type ControllerKind, runsImage } from '../controller.ts';
import { ingressNginxController } from '../ingress-nginx.ts';

const LABELS = new Map([
  ['app.kubernetes.io/name', 'ingress-nginx'],
  ['app.kubernetes.io/instance', 'ingress-nginx'],
  ['app.kubernetes.io/component', 'controller'],
]);

export const ingressNginxKind: ControllerKind = {
  isKnown: true,
  table: ingressNginxController,
  isPod: (pod) => runsImage(pod, NGINX_IMAGE) || isLabelled(pod.labels),
  install: {
    namespace: 'ingress-nginx',
    name: 'ingress-nginx-controller',
    labels: LABELS,
    externalTrafficPolicy: 'Local',
    ports: [
      { name: 'http', port: 80, containerPort: 80 },
      { name: 'https', port: 443, containerPort: 443 },
    ],
  },
};

/** Images of a private registry may have any name. */
function isLabelled(labels: ReadonlyMap<string, string>): boolean {
  return ['app.kubernetes.io/name', 'app.kubernetes.io/component'].every(
    (key) => labels.get(key) === LABELS.get(key),
  );
}
