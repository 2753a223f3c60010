import { describe, expect, test } from 'vitest';
import { loadSnapshot } from '../../src/index.ts';

function read(spec: object, apiVersion = 'networking.k8s.io/v1') {
  const text = JSON.stringify({ apiVersion, kind: 'Ingress', metadata: { name: 'i' }, spec });
  const snapshot = loadSnapshot({ files: [{ name: 'i.json', text }], profile: { flags: { set: [] } } });
  const [ingress] = snapshot.objects.ofKind('Ingress');
  const complaints = snapshot.diagnostics.flatMap(({ code, text: said }) =>
    code === 'invalid-field' ? [said] : [],
  );
  return { body: ingress?.body, complaints };
}

const backend = { service: { name: 'web', port: { number: 80 } } };

function withPath(path: object): object {
  return { rules: [{ http: { paths: [path] } }] };
}

// kubernetes/kubernetes:pkg/apis/networking/validation/validation_test.go, the messages of validation.go.
describe('what the API server refuses', () => {
  test.each([
    [
      { path: 'foo', pathType: 'Prefix', backend },
      'spec.rules[0].http.paths[0].path: Invalid value: "foo": must be an absolute path',
    ],
    [
      { path: '/a//b', pathType: 'Exact', backend },
      'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
    ],
    [
      { path: '/a/..', pathType: 'Prefix', backend },
      'spec.rules[0].http.paths[0].path: Invalid value: "/a/..": cannot end with \'/..\'',
    ],
    [
      { path: '/a', backend },
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    ],
    [
      {
        path: '/a',
        pathType: 'Prefix',
        backend: { service: { name: 'web', port: { number: 80, name: 'http' } } },
      },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
    ],
    [
      { path: '/a', pathType: 'Prefix', backend: {} },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
    ],
  ])('%j', (path, complaint) => expect(read(withPath(path)).complaints).toEqual([complaint]));

  test.each(['a.example:80', '10.0.0.1', 'A.example', 'a.*.example', '*'])('host %s', (host) => {
    const { complaints, body } = read({
      rules: [{ host, http: { paths: [{ pathType: 'Prefix', path: '/', backend }] } }],
    });
    expect(complaints).toHaveLength(1);
    expect(body?.rules).toEqual([]);
  });

  test('neither rules nor a default backend', () => {
    expect(read({}).complaints).toHaveLength(1);
  });
});

test('the versions until Kubernetes 1.22 spell backends otherwise', () => {
  const old = {
    backend: { serviceName: 'web', servicePort: 'http' },
    rules: [{ http: { paths: [{ path: '/x', backend: { serviceName: 'web', servicePort: 80 } }] } }],
  };
  for (const version of ['networking.k8s.io/v1beta1', 'extensions/v1beta1']) {
    const { body, complaints } = read(old, version);
    expect(complaints).toEqual([]);
    expect(body).toMatchObject({
      defaultBackend: { kind: 'service', service: 'web', port: 'http' },
      rules: [
        { host: '', paths: [{ path: '/x', pathType: 'ImplementationSpecific', backend: { port: 80 } }] },
      ],
    });
  }
});
