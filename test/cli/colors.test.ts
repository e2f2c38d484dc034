import { expect, test } from 'vitest';
import { wantsColors } from '../../src/cli/paint.js';
import { printable } from '../../src/core/printable.js';
import { alstmHere } from './run-cli.js';

const ESC = '\x1b[';
const terminal = { isTTY: true, hasColors: () => true };

test.each<[boolean, Parameters<typeof wantsColors>[0], NodeJS.ProcessEnv]>([
  [true, terminal, {}],
  [true, terminal, { NO_COLOR: '' }],
  [false, terminal, { NO_COLOR: '1' }],
  [false, terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }],
  [false, terminal, { FORCE_COLOR: '0' }],
  [false, { isTTY: true, hasColors: () => false }, {}], // TERM=dumb
  [false, {}, {}], // a pipe or a file
  [true, {}, { FORCE_COLOR: '1' }],
])('%j for %j with %j', (wanted, stream, env) => {
  expect(wantsColors(stream, env)).toBe(wanted);
});

test('headings and errors have them where they are wanted, and the text is the same', async () => {
  for (const args of [[], ['--help'], ['train', '--help'], ['trian'], ['predict', 'nowhere.wav']]) {
    const [plain, painted] = [await alstmHere(args), await alstmHere(args, { colors: true })];
    expect(plain.stdout + plain.stderr).not.toContain(ESC);
    expect(painted.stdout + painted.stderr).toContain(ESC);
    // eslint-disable-next-line no-control-regex -- what colours are made of
    const without = (text: string) => text.replace(/\x1b\[\d+m/g, '');
    expect({
      ...painted,
      stdout: without(painted.stdout),
      stderr: without(painted.stderr),
    }).toEqual(plain);
  }
});

test('JSON never has them', async () => {
  const { stdout } = await alstmHere(['graph', '--units', '8', '--json'], { colors: true });
  expect(stdout).not.toContain(ESC);
  expect(() => JSON.parse(stdout) as unknown).not.toThrow();
});

test('a name does not bring colours of its own', async () => {
  const { stderr } = await alstmHere(['\x1b[32mgreen'], { colors: true });
  expect(stderr).toContain(printable('\x1b[32mgreen'));
  expect(stderr).not.toContain('\x1b[32m');
});
