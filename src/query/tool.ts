/** What an answer says of the program that made it. */

declare const __K8SNET_VERSION__: string | undefined;

export const TOOL: { readonly name: 'k8snet'; readonly version: string } = {
  name: 'k8snet',
  version: typeof __K8SNET_VERSION__ === 'string' ? __K8SNET_VERSION__ : '0.0.0',
};
