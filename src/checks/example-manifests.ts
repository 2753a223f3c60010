/** Short manifests for the examples of rules. */

/** Documents of one file. */
export function manifests(...documents: readonly string[]): string {
  return documents.join('---\n');
}

export interface ExampleWorkload {
  /** Labels of the pods; default `app: NAME`. */
  readonly labels?: string;
  /** Ports of the container, in flow style. */
  readonly ports?: string;
  readonly kind?: string;
  readonly namespace?: string;
  /** More lines of `spec`. */
  readonly spec?: readonly string[];
  /** More lines of the pod's `spec`. */
  readonly pod?: readonly string[];
  /** More lines of the container. */
  readonly container?: readonly string[];
}

/** A workload with one container. */
export function workload(name: string, of: ExampleWorkload = {}): string {
  const labels = of.labels ?? `app: ${name}`;
  return lines([
    'apiVersion: apps/v1',
    `kind: ${of.kind ?? 'Deployment'}`,
    metadata(name, of.namespace),
    'spec:',
    ...indented(of.spec ?? [], 2),
    `  selector: {matchLabels: {${labels}}}`,
    '  template:',
    `    metadata: {labels: {${labels}}}`,
    '    spec:',
    ...indented(of.pod ?? [], 6),
    '      containers:',
    '        - name: main',
    `          image: ${name}`,
    ...(of.ports === undefined ? [] : [`          ports: ${of.ports}`]),
    ...indented(of.container ?? [], 10),
  ]);
}

/** A Service in the default namespace, or in the one before the `/` of its name. @param spec lines of `spec`. */
export function service(name: string, ...spec: readonly string[]): string {
  return object('v1', 'Service', name, ['spec:', ...indented(spec, 2)]);
}

/** Any object. @param name `name` or `namespace/name`. @param rest lines below the metadata. */
export function object(apiVersion: string, kind: string, name: string, rest: readonly string[]): string {
  const [own = '', namespace] = name.split('/').reverse();
  return lines([`apiVersion: ${apiVersion}`, `kind: ${kind}`, metadata(own, namespace), ...rest]);
}

function metadata(name: string, namespace: string | undefined): string {
  return `metadata: {name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`}}`;
}

function indented(rows: readonly string[], columns: number): readonly string[] {
  return rows.map((row) => ' '.repeat(columns) + row);
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}
