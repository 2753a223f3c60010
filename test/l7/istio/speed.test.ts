import { expect, test } from 'vitest';
import { meshOf, service } from './mesh.ts';

const HOSTS = 400;
const RULES_A_HOST = 25;
const QUESTIONS = 500;

/** The hosts are indexed: a request is compared with the rules of its own host only. */
test('10,000 rules: a request under a millisecond, warm', { timeout: 60_000 }, () => {
  const rules = Array.from({ length: HOSTS }, (_, host) => {
    const http = Array.from(
      { length: RULES_A_HOST },
      (_, rule) => `{match: [{uri: {prefix: /r${rule}/}}], route: [{destination: {host: web}}]}`,
    );
    return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v${host}, namespace: shop}
spec: {hosts: [h${host}.example.com], http: [${http.join(', ')}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e${host}, namespace: shop}
spec: {hosts: [h${host}.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
`;
  });
  const mesh = meshOf(`${service('shop', 'web')}${rules.join('')}`);
  const ask = (host: number) => mesh.ask('shop/client', `http://h${host}.example.com/r${RULES_A_HOST - 1}/`);
  expect(ask(0)).toContain('web-0');
  const times = Array.from({ length: 2 * QUESTIONS }, (_, index) => {
    const start = performance.now();
    ask((index * 37) % HOSTS);
    return performance.now() - start;
  });
  const warm = times.slice(QUESTIONS).sort((a, b) => a - b);
  expect(warm[QUESTIONS / 2]).toBeLessThan(1);
});
