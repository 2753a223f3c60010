import { type Fields, pickStrings, readSection } from '../fields.ts';
import type { K8sObject, KindReader } from '../object.ts';

export interface IngressClassBody {
  /** The controller that serves Ingresses of the class: `k8s.io/ingress-nginx`. */
  readonly controller?: string;
}

export type IngressClassObject = K8sObject<'IngressClass', IngressClassBody>;

export const ingressClassReader: KindReader<'IngressClass', IngressClassBody> = {
  kind: 'IngressClass',
  apiVersions: ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1'],
  namespaced: false,
  read: (fields: Fields) => pickStrings(readSection(fields, 'spec'), ['controller']),
};
