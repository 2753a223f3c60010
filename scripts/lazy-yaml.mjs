// Takes the place of the package `yaml` in the bundle of the command line: what src/source/yaml-package.ts imports,
// from a package that is loaded when it is first called. Few documents need it, and loading it takes as long as
// half a start of Node.

/** @type {typeof import('yaml') | undefined} */
let loaded;

/** esbuild puts the package here, as a function that runs when it is called. @returns {typeof import('yaml')} */
const yaml = () => {
  loaded ??= require('../node_modules/yaml/dist/index.js');
  return loaded;
};

export const parseDocument = (...given) => yaml().parseDocument(...given);
export const isAlias = (node) => yaml().isAlias(node);
export const isMap = (node) => yaml().isMap(node);
export const isPair = (node) => yaml().isPair(node);
export const isScalar = (node) => yaml().isScalar(node);
export const isSeq = (node) => yaml().isSeq(node);

/** Called with `new`; what a constructor returns is what `new` gives. */
export function Schema(options) {
  return new (yaml().Schema)(options);
}
