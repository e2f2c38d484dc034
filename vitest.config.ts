import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { browserShaders } from './tools/browser-shaders.mjs';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Examples import the package by its name, as its users do: here that is the source.
  resolve: {
    alias: [
      { find: /^alstm$/, replacement: source('./src/index.ts') },
      { find: /^alstm\/browser$/, replacement: source('./src/browser.ts') },
    ],
  },
  plugins: [browserShaders()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
