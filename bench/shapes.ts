/** How large generated clusters are, and what the things in them are called. */

export interface Shape {
  readonly name: 'shop' | 'medium' | 'large' | 'worst';
  readonly nodes: number;
  readonly namespaces: number;
  readonly workloads: number;
  /** Pods of each workload. */
  readonly replicas: number;
  readonly services: number;
  /** Ingresses; there are as many HTTPRoutes. */
  readonly routes: number;
  readonly policies: number;
}

export const SHAPES: Readonly<Record<Shape['name'], Shape>> = {
  shop: shape({ name: 'shop', nodes: 3, namespaces: 1, workloads: 12, replicas: 1, services: 12 }, 1, 13),
  medium: shape(
    { name: 'medium', nodes: 500, namespaces: 100, workloads: 1500, replicas: 10, services: 1200 },
    150,
    1500,
  ),
  large: shape(
    { name: 'large', nodes: 5000, namespaces: 1000, workloads: 15_000, replicas: 10, services: 10_000 },
    1000,
    10_000,
  ),
  /** Every pod has its own labels. */
  worst: shape(
    { name: 'worst', nodes: 100, namespaces: 10, workloads: 20_000, replicas: 1, services: 1000 },
    0,
    5000,
  ),
};

export type Manifest = Readonly<Record<string, unknown>>;

function shape(base: Omit<Shape, 'routes' | 'policies'>, routes: number, policies: number): Shape {
  return { ...base, routes, policies };
}

/** The namespace that a thing of a number is in. */
export function namespaceOf({ namespaces }: Shape, index: number): string {
  return `team-${index % namespaces}`;
}

/** The labels of a workload's pods, by which Services and policies select them. */
export function podLabels({ name }: Shape, index: number): Readonly<Record<string, string>> {
  const own = name === 'worst' ? { [`key-${index % 97}`]: `value-${index}` } : {};
  return { app: `app-${index}`, tier: ['web', 'api', 'worker'][index % 3] ?? '', ...own };
}
