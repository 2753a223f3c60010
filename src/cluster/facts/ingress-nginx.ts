/** What an ingress-nginx controller's flags and ConfigMap say of the Ingresses that it takes and of whom it trusts. */

import { goBoolean } from '../../k8s/go-boolean.ts';
import { nginxInstalls } from '../ingress-nginx-install.ts';
import { type Fact, type FactReader, fact } from './fact.ts';

const WORDS = [
  ['ingress-class', 'ingressController.ingressClass'],
  ['controller-class', 'ingressController.controllerClass'],
] as const;
const SWITCHES = [
  ['ingress-class-by-name', 'ingressController.ingressClassByName'],
  ['watch-ingress-without-class', 'ingressController.watchIngressWithoutClass'],
  ['disable-catch-all', 'ingressController.disableCatchAll'],
] as const;

export const ingressNginxFacts: FactReader = (objects) =>
  nginxInstalls(objects).flatMap(({ flags, config }): readonly Fact[] => {
    const trust = config.get('use-forwarded-headers');
    return [
      ...WORDS.flatMap(([flag, key]) => {
        const given = flags.get(flag);
        return given === undefined ? [] : fact(key, given.value, given.at);
      }),
      ...SWITCHES.flatMap(([flag, key]) => {
        const given = flags.get(flag);
        return given === undefined ? [] : fact(key, goBoolean(given.value), given.at);
      }),
      ...(trust === undefined
        ? []
        : fact('ingressController.useForwardedHeaders', goBoolean(trust.text), trust.at)),
    ];
  });
