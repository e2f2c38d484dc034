import { describe, expect, test } from 'vitest';
import { bindingsError, loadBindings } from '../../src/platform/node/bindings.js';

const debian = { platform: 'linux', arch: 'x64', glibc: '2.36' };
const failed = (code: string, message: string) => Object.assign(new Error(message), { code });
const dlopen = (message: string) => failed('ERR_DLOPEN_FAILED', message);

describe('bindings that do not load say why, and what helps', () => {
  test.each([
    ['no such build', debian, 'freebsd', failed('X', ''), 'not built for freebsd-x64', /Linux/],
    [
      'a package that is not there',
      debian,
      'linux',
      failed('ERR_MODULE_NOT_FOUND', "Cannot find package 'webgpu' imported from /a.js"),
      'the npm package webgpu is not installed',
      /npm install.*external/,
    ],
    [
      'a file that is not there',
      debian,
      'linux',
      failed('MODULE_NOT_FOUND', "Cannot find module '/a/dawn.node'\nRequire stack:\n- /a"),
      "one of their files is missing: Cannot find module '/a/dawn.node'",
      /Reinstall/,
    ],
    [
      'musl',
      { ...debian, glibc: undefined },
      'linux',
      dlopen('Error loading shared library ld-linux-x86-64.so.2: No such file or directory'),
      'they need glibc, but this system has another C library (such as musl',
      /node:20-slim/,
    ],
    [
      'an old glibc',
      { ...debian, glibc: '2.31' },
      'linux',
      dlopen("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /a)"),
      'they need glibc 2.34, but this system has 2.31',
      /Debian 12/,
    ],
    [
      'an old libstdc++',
      debian,
      'linux',
      dlopen("/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /a)"),
      'they need a newer libstdc++ than this system has (GLIBCXX_3.4.30)',
      /Debian 12/,
    ],
    [
      'a library that is not installed',
      debian,
      'linux',
      dlopen('libstdc++.so.6: cannot open shared object file: No such file or directory'),
      'the library libstdc++.so.6 is missing',
      /package manager/,
    ],
    [
      'a build for another processor',
      debian,
      'linux',
      dlopen('/a/dawn.node: cannot open shared object file: No such file or directory'),
      '/a/dawn.node: cannot open',
      /Reinstall on this machine/,
    ],
    [
      'a damaged file on Windows',
      { ...debian, glibc: undefined },
      'win32',
      dlopen('\\\\?\\C:\\a\\dawn.node is not a valid Win32 application.'),
      'is not a valid Win32 application',
      /Reinstall/,
    ],
  ])('%s', (_what, system, platform, cause, message, hint) => {
    const error = bindingsError(cause, { ...system, platform });
    expect(error.message).toContain(`the WebGPU bindings cannot be loaded: `);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toMatch(hint);
    expect(error.cause).toBe(cause);
  });

  test('and here they do', async () => {
    expect(typeof (await loadBindings()).create).toBe('function');
  });
});
