/**
 * The ingress-nginx controller that the manifests install: its flags and its ConfigMap. Source:
 * kubernetes/ingress-nginx:pkg/flags/flags.go, internal/ingress/controller/store/store.go.
 */

import { type ConfigData, readConfigData } from '../k8s/config-data.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { containerFlags, type Flag } from './container-flags.ts';

/** `registry.k8s.io/ingress-nginx/controller`, `quay.io/…/nginx-ingress-controller` before v0.34. */
const IMAGE = /(^|\/)(ingress-nginx\/controller(-chroot)?|nginx-ingress-controller)([:@][^/]*)?$/;

export interface NginxInstall {
  readonly flags: ReadonlyMap<string, Flag>;
  /** Empty where no flag names a ConfigMap of the input. */
  readonly config: ConfigData;
}

/** Every controller that the input installs, in the order of the input. */
export function nginxInstalls(objects: ObjectSet): readonly NginxInstall[] {
  const workloads = [...objects.ofKind('Deployment'), ...objects.ofKind('DaemonSet')];
  return workloads.flatMap((workload) =>
    workload.body.template.spec.containers
      .filter(({ image }) => IMAGE.test(image ?? ''))
      .map((container): NginxInstall => {
        const flags = containerFlags(workload, container);
        const config = configOf(objects, flags.get('configmap'), workload.metadata.namespace);
        return { flags, config };
      }),
  );
}

/** `--configmap=$(POD_NAMESPACE)/NAME`: the variable is the pod's own namespace. */
function configOf(objects: ObjectSet, flag: Flag | undefined, namespace: string): ConfigData {
  const [of = '', name = ''] = (flag?.value ?? '').replace('$(POD_NAMESPACE)', namespace).split('/');
  return readConfigData(objects, { kind: 'ConfigMap', namespace: of, name }) ?? new Map();
}

/** As Go reads it (strconv.ParseBool); undefined for another word. */
export function goBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}
