/** Ingresses with what they lead to, and the table that a controller makes of them. */

import {
  ingressTables,
  loadSnapshot,
  parseRequest,
  type RequestParts,
  type RouteTable,
  type Routing,
} from '../../src/index.ts';

/** The table of the one controller that serves the Ingresses among these objects. */
export function tableOfController(controller: string, items: readonly object[]): RouteTable {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const snapshot = loadSnapshot({
    files: [{ name: 'test.json', text }],
    profile: { flags: { set: [`ingressController.name=${controller}`] } },
  });
  const [table] = ingressTables(snapshot.control).tables;
  if (table === undefined) throw new Error('no table');
  return table;
}

/** What becomes of a request to a URL. */
export function askTable(table: RouteTable, url: string, parts: RequestParts = {}): Routing {
  const request = parseRequest(url, parts);
  if (request === undefined) throw new Error(url);
  return table.route(request);
}

/** A Service on port 80 and its one pod, both of that name. */
export function appOf(name: string): readonly object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: { containers: [{ name: 'c' }] },
    },
  ];
}
