import { expect, test } from 'vitest';
import { colorLevel } from '../../src/cli/color.ts';

test.each([
  { name: 'a pipe is plain', choice: 'auto', env: {}, tty: false, level: 0 },
  { name: 'a terminal has 16 colours', choice: 'auto', env: { TERM: 'xterm' }, tty: true, level: 1 },
  { name: '256', choice: 'auto', env: { TERM: 'xterm-256color' }, tty: true, level: 2 },
  { name: '16 million', choice: 'auto', env: { COLORTERM: 'truecolor' }, tty: true, level: 3 },
  { name: 'a dumb terminal', choice: 'auto', env: { TERM: 'dumb' }, tty: true, level: 0 },
  { name: 'NO_COLOR', choice: 'auto', env: { NO_COLOR: '1' }, tty: true, level: 0 },
  { name: 'an empty NO_COLOR is none', choice: 'auto', env: { NO_COLOR: '' }, tty: true, level: 1 },
  { name: 'FORCE_COLOR in a pipe', choice: 'auto', env: { FORCE_COLOR: '' }, tty: false, level: 1 },
  { name: 'FORCE_COLOR=3', choice: 'auto', env: { FORCE_COLOR: '3' }, tty: false, level: 3 },
  { name: 'FORCE_COLOR=0', choice: 'auto', env: { FORCE_COLOR: '0' }, tty: true, level: 0 },
  {
    name: 'NO_COLOR beats FORCE_COLOR',
    choice: 'auto',
    env: { NO_COLOR: '1', FORCE_COLOR: '1' },
    tty: true,
    level: 0,
  },
  { name: 'always beats NO_COLOR', choice: 'always', env: { NO_COLOR: '1' }, tty: false, level: 1 },
  { name: 'always on a dumb terminal', choice: 'always', env: { TERM: 'dumb' }, tty: true, level: 1 },
  { name: 'never beats FORCE_COLOR', choice: 'never', env: { FORCE_COLOR: '3' }, tty: true, level: 0 },
] as const)('$name', ({ choice, env, tty, level }) => {
  expect(colorLevel(choice, env, tty)).toBe(level);
});
