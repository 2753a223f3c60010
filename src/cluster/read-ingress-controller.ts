/** `ingressController:` of the profile: the flags of the controller, with its own defaults. */

import { type Fields, pickStrings, readBoolean } from '../k8s/fields.ts';
import type { IngressControllerName, IngressControllerProfile } from './profile.ts';
import { readWord } from './profile-words.ts';

const INGRESS_CONTROLLERS: readonly IngressControllerName[] = ['spec', 'ingress-nginx', 'traefik', 'aws-alb'];

/** Defaults are those of kubernetes/ingress-nginx:pkg/flags/flags.go. */
export function readIngressController(fields: Fields): IngressControllerProfile {
  const name = readWord(fields, 'name', INGRESS_CONTROLLERS);
  const { ingressClass = 'nginx', controllerClass = 'k8s.io/ingress-nginx' } = pickStrings(fields, [
    'ingressClass',
    'controllerClass',
  ]);
  return {
    ...(name === undefined ? {} : { name }),
    ingressClass,
    controllerClass,
    ingressClassByName: readBoolean(fields, 'ingressClassByName') ?? false,
    watchIngressWithoutClass: readBoolean(fields, 'watchIngressWithoutClass') ?? false,
    disableCatchAll: readBoolean(fields, 'disableCatchAll') ?? false,
    useForwardedHeaders: readBoolean(fields, 'useForwardedHeaders') ?? false,
  };
}
