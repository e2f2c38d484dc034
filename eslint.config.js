import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

/** Which rooms of src/ a room may import from; every room may import from itself and from core. */
const rooms = {
  core: [],
  kernels: [],
  graph: ['kernels'],
  plan: ['kernels'],
  onnx: [],
  network: ['kernels', 'graph', 'plan'],
  gpu: ['kernels', 'graph'],
  audio: [],
  features: ['audio'],
  corpora: [],
  session: ['network', 'plan', 'gpu', 'graph', 'kernels'],
  tuning: ['session', 'network', 'plan', 'gpu', 'graph', 'kernels'],
  bench: ['tuning', 'session', 'network', 'plan', 'gpu', 'graph', 'kernels'],
  model: ['session', 'network', 'features'],
  inference: ['model', 'session', 'network', 'plan', 'gpu', 'graph', 'features', 'audio'],
  data: ['corpora', 'features', 'audio', 'session', 'network'],
  scoring: ['data', 'corpora', 'inference', 'model', 'session', 'features'],
  runs: [
    'data',
    'scoring',
    'model',
    'report',
    'plan',
    'session',
    'network',
    'gpu',
    'features',
    'corpora',
  ],
  training: [
    'runs',
    'scoring',
    'data',
    'tuning',
    'inference',
    'model',
    'session',
    'network',
    'plan',
    'gpu',
    'graph',
    'corpora',
    'features',
    'report',
  ],
  experiments: [
    'training',
    'runs',
    'scoring',
    'data',
    'tuning',
    'inference',
    'model',
    'session',
    'plan',
    'gpu',
    'network',
    'corpora',
    'features',
    'audio',
    'report',
  ],
  export: ['onnx', 'network', 'model', 'features'],
  platform: ['kernels', 'gpu'],
  demo: ['audio', 'corpora'],
  report: [],
};

/** The page takes from everywhere but the command line. */
const all = { ...rooms, web: Object.keys(rooms) };

const zones = Object.entries(all).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [...new Set([room, 'core', ...allowed])].map((name) => `./${name}`),
  message: `${room}/ may import only from itself, core/ ${allowed.map((a) => `${a}/`).join(' ')}`,
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.cache/**'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'tools/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
