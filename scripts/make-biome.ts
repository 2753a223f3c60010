/** Writes biome.json from layers.json: `npm run layers`. test/house.test.ts proves that the two agree. */

import { readFileSync, writeFileSync } from 'node:fs';
import { biomeConfig, type Layers } from './biome-config.ts';

const layers = JSON.parse(readFileSync('layers.json', 'utf8')) as Layers;
writeFileSync('biome.json', `${JSON.stringify(biomeConfig(layers), null, 2)}\n`);
