import { afterEach, expect, it, vi } from 'vitest';
import { loadLibrary } from '../../src/platform/node/library.js';

afterEach(() => vi.restoreAllMocks());

it.each([
  ['Node', 'Module did not self-register: /lib/libvulkan.so.1'],
  [
    'Bun',
    "symbol 'napi_register_module_v1' not found in native module. Is this a Node API module?",
  ],
])('takes a library as loaded where %s finds no module in it', (_runtime, message) => {
  vi.spyOn(process, 'dlopen').mockImplementation(() => {
    throw new Error(message);
  });
  expect(loadLibrary('libvulkan.so.1')).toBeUndefined();
});

it('says why a library cannot be loaded', () => {
  expect(loadLibrary('libno-such-library.so.1')).toMatch(/cannot open|no such file/i);
});
