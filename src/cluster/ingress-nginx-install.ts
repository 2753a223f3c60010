/**
 * The ingress-nginx controller that the manifests install: its flags and its ConfigMap. Source:
 * kubernetes/ingress-nginx:pkg/flags/flags.go, internal/ingress/controller/store/store.go.
 */

import { type ConfigData, readConfigData } from '../k8s/config-data.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { type InstalledProgram, installedPrograms } from './installed-programs.ts';

/** `registry.k8s.io/ingress-nginx/controller`, `quay.io/…/nginx-ingress-controller` before v0.34. */
export const NGINX_IMAGE: RegExp = /(^|\/)(ingress-nginx\/controller(-chroot)?|nginx-ingress-controller)$/;

export interface NginxInstall extends InstalledProgram {
  /** Empty where no flag names a ConfigMap of the input. */
  readonly config: ConfigData;
}

/** Every controller that the input installs, in the order of the input. */
export function nginxInstalls(objects: ObjectSet): readonly NginxInstall[] {
  return installedPrograms(objects, NGINX_IMAGE).map((program) => ({
    ...program,
    config: configOf(objects, program),
  }));
}

/** `--configmap=$(POD_NAMESPACE)/NAME`: the variable is the pod's own namespace. */
function configOf(objects: ObjectSet, { flags, namespace }: InstalledProgram): ConfigData {
  const named = flags.get('configmap')?.value ?? '';
  const [of = '', name = ''] = named.replace('$(POD_NAMESPACE)', namespace).split('/');
  return readConfigData(objects, { kind: 'ConfigMap', namespace: of, name }) ?? new Map();
}
