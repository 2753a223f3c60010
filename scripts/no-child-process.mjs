// Takes the place of `node:child_process` in the bundle of the command line: commander loads it, for commands that
// are programs of their own. k8snet has none, and loading it takes a tenth of a bare start.

export const spawn = undefined;
