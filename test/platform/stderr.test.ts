import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../cli/scratch.js';
import { installRooms } from '../support/process.js';

const at = scratchFolder();

/** Writes as native code does, behind the back of process.stderr. */
const program = `
  import { writeSync } from 'node:fs';
  import { withoutLines } from './src/platform/node/stderr.js';
  process.stderr.write('before\\n');
  const value = withoutLines(/ reduced from /, () => {
    writeSync(2, 'Warning: limit reduced from 500000 to 16\\nError: kept\\nWarning: other reduced from 7\\n');
    return 42;
  });
  process.stderr.write(\`after \${value}\\n\`);
  writeSync(2, 'native again\\n');
`;
const kept = ['before', 'Error: kept', 'after 42', 'native again'];

describe.skipIf(process.platform !== 'linux')('lines that native code writes are kept away', () => {
  beforeAll(async () => {
    await installRooms(at(), ['core', 'platform'], []);
    await writeFile(at('p.mjs'), program);
  });

  /** Runs the program by a shell, which knows more kinds of standard error than Node gives. */
  function shell(redirected: string): string {
    const line = redirected.replace('PROGRAM', `'${process.execPath}' p.mjs`);
    return execFileSync('sh', ['-c', line], { cwd: at(), encoding: 'utf8', timeout: 30_000 });
  }

  test('from a pipe', () => {
    expect(shell('PROGRAM 2>&1 >/dev/null | cat').trim().split('\n')).toEqual(kept);
  });

  test('also where nobody reads it', () => {
    expect(shell('PROGRAM 2>&1 >/dev/null | true')).toBe(''); // and ends, for the shell waits for it
  });

  test('from a file that is appended to', async () => {
    await writeFile(at('log'), 'first\n');
    shell('(PROGRAM; echo last >&2) 2>>log');
    expect((await readFile(at('log'), 'utf8')).trim().split('\n')).toEqual([
      ...['first', ...kept, 'last'],
    ]);
  });

  test('from a plain file, where blanks take their place and others write on', async () => {
    shell('(PROGRAM; echo last >&2; echo out) >log 2>&1');
    const lines = (await readFile(join(at(), 'log'), 'utf8')).split('\n').map((l) => l.trim());
    expect(lines.filter((line) => line !== '')).toEqual([...kept, 'last', 'out']);
  });

  test('not from a socket, which has to stay as it is', () => {
    const code = `
      const { spawnSync } = require('node:child_process');
      const { stderr } = spawnSync(process.execPath, ['p.mjs'], { encoding: 'utf8' });
      console.log(stderr);`;
    const said = execFileSync(process.execPath, ['-e', code], { cwd: at(), encoding: 'utf8' });
    for (const line of kept) expect(said).toContain(line);
  });
});
