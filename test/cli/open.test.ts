import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { hasDisplay } from '../../src/cli/jobs/open.js';
import { servePage } from '../../src/cli/open/serve-page.js';
import { shippedModels } from '../support/shipped-models.js';
import { alstm, alstmHere, errorOf, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();

test('a report is the newest in a folder or below it', async () => {
  await writeFiles(at('runs'), {
    'a/report.html': 'old',
    'b/c/report.html': 'new',
    '.hidden/report.html': 'x',
  });
  await utimes(at('runs/a/report.html'), 1, 1);
  for (const given of ['runs', 'runs/b', 'runs/b/c/report.html']) {
    const { status, stdout } = await alstmHere(['open', 'report', at(given), '--print']);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${pathToFileURL(at('runs/b/c/report.html')).href}\n`,
    });
  }
  const json = await alstmHere(['open', 'report', at('runs/a'), '--print', '--json']);
  const report = at('runs/a/report.html');
  const address = pathToFileURL(report).href;
  expect(JSON.parse(json.stdout)).toEqual({ address, opened: false, report });
});

test('where there is no report it says what writes one', async () => {
  await mkdir(at('empty'));
  const none = await alstmHere(['open', 'report', at('empty')]);
  expect(none.status).toBe(1);
  expect(errorOf(none).message).toBe(`there is no report.html in ${at('empty')} or below it`);
  expect(errorOf(none).hint).toContain('alstm experiment collect');
  const nowhere = await alstmHere(['open', 'report', at('nowhere')]);
  expect(errorOf(nowhere).message).toBe(`there is no ${at('nowhere')}`);
});

test('a machine without a display has no browser to open', () => {
  expect(hasDisplay('linux', {})).toBe(false);
  expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true);
  expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDisplay('darwin', {})).toBe(true);
  expect(hasDisplay('win32', {})).toBe(true);
});

test('the page is served with the models of the package, and nothing outside', async () => {
  await writeFiles(at('page'), {
    'index.html': '<p>page</p>',
    'a.js': '1',
    'b.wasm': '',
    'voices/index.json': '[]',
  });
  await writeFile(at('secret'), 'x');
  const page = await servePage(at('page'));
  try {
    expect(page.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const [model = ''] = shippedModels.keys();
    const answers = await Promise.all(
      [
        '',
        'a.js',
        'b.wasm',
        'voices/index.json',
        `voices/${model}/config.json`,
        'none',
        '..%2fsecret',
      ].map(async (path) => {
        const { status, headers } = await fetch(page.address + path);
        return [status, headers.get('content-type')?.split(';')[0] ?? ''];
      }),
    );
    expect(answers).toEqual([
      [200, 'text/html'],
      [200, 'text/javascript'],
      [200, 'application/wasm'],
      [200, 'application/json'],
      [200, 'application/json'],
      [404, ''],
      [404, ''],
    ]);
  } finally {
    await page.close();
  }
});

test('a port that is taken is an error only where it was asked for', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(servePage(at('page'), port)).rejects.toThrow(
    `cannot serve on port ${port}: it is taken`,
  );
  const [first, second] = [await servePage(at('page')), await servePage(at('page'))];
  expect(first.address).not.toBe(second.address);
  await Promise.all([first.close(), second.close()]);
  other.close();
});

test('open page serves until Ctrl-C', async () => {
  const { status, stdout } = await alstm(['open', 'page', '--print', '--json'], {
    onStderr: (told, child) => void (told.includes('Ctrl-C ends it') && child.kill('SIGINT')),
  });
  expect(status).toBe(0);
  const { address, opened } = JSON.parse(stdout) as { address: string; opened: boolean };
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(opened).toBe(false);
});
