/**
 * Traefik: its routing is that of the API for now. How it is installed: traefik/traefik-helm-chart:traefik/values.yaml
 * (ports web and websecure, a Service of type LoadBalancer).
 */

import { type ControllerKind, runsImage } from './controller.ts';
import { specController } from './spec.ts';

export const traefikKind: ControllerKind = {
  isKnown: true,
  table: (input) => ({ ...specController(input), controller: 'traefik' }),
  isPod: (pod) => runsImage(pod, /(^|\/)traefik$/),
  install: {
    namespace: 'traefik',
    name: 'traefik',
    labels: new Map([
      ['app.kubernetes.io/name', 'traefik'],
      ['app.kubernetes.io/instance', 'traefik-traefik'],
    ]),
    externalTrafficPolicy: 'Cluster',
    ports: [
      { name: 'web', port: 80, containerPort: 8000 },
      { name: 'websecure', port: 443, containerPort: 8443 },
    ],
  },
};
