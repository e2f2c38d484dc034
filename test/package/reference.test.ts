import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './install.js';

it('makes the reference of the interface without a warning', async () => {
  const command = resolve('node_modules', 'typedoc', 'bin', 'typedoc');
  const args = [command, '--options', resolve('tools', 'typedoc.json'), '--emit', 'none'];
  // A warning is an error: of a type that the interface speaks of and does not export, for example.
  const ended = await run(process.execPath, args, { cwd: resolve('.'), env: { NO_COLOR: '1' } });
  expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
