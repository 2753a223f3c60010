/** The Ingress controllers that are known, by the name that the profile has for them. */

import type { IngressControllerName } from '../cluster/profile.ts';
import { awsAlbKind } from './controllers/aws-alb.ts';
import type { ControllerKind } from './controllers/controller.ts';
import { ingressNginxKind } from './controllers/ingress-nginx/install.ts';
import { specKind } from './controllers/spec.ts';
import { traefikKind } from './controllers/traefik.ts';

export const CONTROLLERS: Readonly<Record<IngressControllerName, ControllerKind>> = {
  spec: specKind,
  'ingress-nginx': ingressNginxKind,
  traefik: traefikKind,
  'aws-alb': awsAlbKind,
};
