/**
 * The Biome configuration as a function of layers.json: the folders of src/ in the order of the pipeline, what
 * each may import, and the one module that may import each npm package.
 *
 * In Biome a later override that matches the same file *replaces* the options of a rule instead of adding to
 * them. So no two overrides overlap: one block per folder, less the modules that own a package, and one block
 * per such module.
 */

export interface Layer {
  /** Name of a folder directly under src/. */
  readonly folder: string;
  readonly imports: readonly string[];
  /** May it use Node's modules and `process`? */
  readonly platform?: boolean;
}

export interface Layers {
  /** In the order of the pipeline: a folder imports only from folders before it. */
  readonly layers: readonly Layer[];
  /** npm package to the module that alone imports it. */
  readonly packages: Readonly<Record<string, string>>;
}

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** Files that run on Node by nature: tests, scripts, measurements, configuration. */
const TOOLING = ['test/**', 'scripts/**', 'bench/**', '*.config.ts'];

/** biome.json as a value. */
export function biomeConfig(layers: Layers): Json {
  return {
    $schema: './node_modules/@biomejs/biome/configuration_schema.json',
    files: { includes: [...TOOLING, 'src/**', 'bin/**', '*.json', '!test/**/*.json'] },
    formatter: { indentStyle: 'space', indentWidth: 2, lineWidth: 110, lineEnding: 'lf' },
    javascript: {
      formatter: {
        quoteStyle: 'single',
        semicolons: 'always',
        trailingCommas: 'all',
        arrowParentheses: 'always',
      },
    },
    json: { formatter: { trailingCommas: 'none' } },
    linter: { rules: RULES },
    overrides: [...overridesOf(layers), publicApi(layers), entryPoint(), tooling(), defaultExports()],
  };
}

const RULES: Json = {
  preset: 'recommended',
  complexity: {
    noExcessiveCognitiveComplexity: { level: 'error', options: { maxAllowedComplexity: 15 } },
    noExcessiveLinesPerFunction: { level: 'error', options: { maxLines: 50, skipBlankLines: true } },
    useMaxParams: { level: 'error', options: { max: 4 } },
    // TypeScript's noPropertyAccessFromIndexSignature asks for the opposite.
    useLiteralKeys: 'off',
  },
  correctness: {
    noNodejsModules: 'error',
    noProcessGlobal: 'error',
    noUndeclaredDependencies: { level: 'error', options: { devDependencies: false } },
    noUnusedFunctionParameters: 'error',
    useImportExtensions: 'error',
  },
  nursery: { noFloatingPromises: 'error', noMisusedPromises: 'error', useExhaustiveSwitchCases: 'error' },
  performance: { noBarrelFile: 'error', noReExportAll: 'error' },
  style: {
    noDefaultExport: 'error',
    noEnum: 'error',
    noExcessiveLinesPerFile: { level: 'error', options: { maxLines: 400 } },
    noParameterProperties: 'error',
    useFilenamingConvention: { level: 'error', options: { filenameCases: ['kebab-case'] } },
  },
  suspicious: {
    noConsole: 'error',
    // JSON strings and terminal escapes are made of them.
    noControlCharactersInRegex: 'off',
    // Cycles through `import type` are cycles of understanding, too; by default they pass.
    noImportCycles: { level: 'error', options: { ignoreTypes: false } },
  },
};

function overridesOf(layers: Layers): Json[] {
  return layers.layers.flatMap((layer) => {
    const owners = Object.values(layers.packages).filter((file) => file.startsWith(`src/${layer.folder}/`));
    const forbidden = layers.layers
      .map((other) => other.folder)
      .filter((folder) => folder !== layer.folder && !layer.imports.includes(folder));
    const folder = override({
      includes: [`src/${layer.folder}/**`, ...owners.map((file) => `!${file}`)],
      layer,
      forbidden,
      packages: layers.packages,
    });
    return [
      folder,
      ...[...new Set(owners)].map((file) =>
        override({ includes: [file], layer, forbidden, packages: foreignPackages(layers, file) }),
      ),
    ];
  });
}

/** The packages that `file` may not import. */
function foreignPackages(layers: Layers, file: string): Record<string, string> {
  return Object.fromEntries(Object.entries(layers.packages).filter(([, owner]) => owner !== file));
}

interface OverrideParts {
  readonly includes: readonly string[];
  readonly layer: Layer;
  readonly forbidden: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
}

function override({ includes, layer, forbidden, packages }: OverrideParts): Json {
  const restricted = restrictedImports({
    from: layer.folder,
    forbidden: [...forbidden, 'index.ts'],
    packages,
  });
  const platform: Json = layer.platform
    ? { correctness: { noNodejsModules: 'off', noProcessGlobal: 'off' } }
    : {};
  return { includes, linter: { rules: { style: { noRestrictedImports: restricted }, ...platform } } };
}

function restrictedImports(rule: {
  readonly from: string;
  /** Folders of src/, or files directly in it. */
  readonly forbidden: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
}): Json {
  const inside: Json[] = rule.forbidden.map((name) => ({
    group: [name.endsWith('.ts') ? `**/${name}` : `**/${name}/**`],
    message: `${rule.from} may not import ${name} (layers.json).`,
  }));
  const subpaths: Json[] = Object.entries(rule.packages).map(([name, owner]) => ({
    group: [`${name}/**`],
    message: `Only ${owner} imports ${name} (layers.json).`,
  }));
  const paths = Object.entries(rule.packages).map(([name, owner]): [string, Json] => [
    name,
    { message: `Only ${owner} imports ${name} (layers.json).` },
  ]);
  return {
    level: 'error',
    options: { paths: Object.fromEntries(paths), patterns: [...inside, ...subpaths] },
  };
}

/** src/index.ts re-exports everything that has no platform. */
function publicApi(layers: Layers): Json {
  const forbidden = layers.layers.filter((layer) => layer.platform).map((layer) => layer.folder);
  const restricted = restrictedImports({ from: 'index.ts', forbidden, packages: layers.packages });
  return {
    includes: ['src/index.ts'],
    linter: { rules: { style: { noRestrictedImports: restricted }, performance: { noBarrelFile: 'off' } } },
  };
}

/** bin/k8snet.js answers --version before anything is loaded. */
function entryPoint(): Json {
  return {
    includes: ['bin/**'],
    linter: {
      rules: {
        correctness: { noNodejsModules: 'off', noProcessGlobal: 'off' },
        suspicious: { noConsole: 'off' },
      },
    },
  };
}

function tooling(): Json {
  const correctness = { noNodejsModules: 'off', noProcessGlobal: 'off', noUndeclaredDependencies: 'off' };
  const complexity = { noExcessiveLinesPerFunction: 'off' };
  return { includes: TOOLING, linter: { rules: { correctness, complexity } } };
}

/** Vitest reads its configuration and its reporters from default exports. */
function defaultExports(): Json {
  return {
    includes: ['*.config.ts', 'test/reporter.ts'],
    linter: { rules: { style: { noDefaultExport: 'off' } } },
  };
}
