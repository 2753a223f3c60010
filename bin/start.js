// Runs dist/k8snet.cjs. Where the build left what this very Node made of it (scripts/code-cache.mjs), that is used
// instead of compiling it anew; V8 refuses it in silence if it was made with other flags. docs/adr/0005-code-cache.md

const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { dirname, join } = require('node:path');

const program = join(__dirname, '..', 'dist', 'k8snet.cjs');
const source = readFileSync(program, 'latin1'); // the build writes ASCII
const cachedData = readCache(source.slice(-17, -1));

if (cachedData === undefined) {
  nodeModule.enableCompileCache?.(); // Node 22 and newer keep their own
  require(program);
} else {
  const { Script } = require('node:vm');
  const script = new Script(nodeModule.wrap(source), { filename: program, cachedData });
  script.runInThisContext()(exports, require, module, program, dirname(program));
}

/** @param {string} build names the bundle that the cache was made of */
function readCache(build) {
  const { version, platform, arch } = process;
  try {
    return readFileSync(
      join(__dirname, '..', 'dist', `k8snet-${build}-${version}-${platform}-${arch}.cache`),
    );
  } catch {
    return undefined;
  }
}
