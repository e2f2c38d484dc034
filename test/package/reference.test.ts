import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import * as browser from '../../src/browser.js';
import * as alstm from '../../src/index.js';
import { runText, typeErrors } from '../guides/blocks.js';
import { testAdapter } from '../support/gpu.js';
import { shippedModels } from '../support/shipped-models.js';
import { exportsOf, programOfExample, type Exported } from './exports.js';
import { run } from './install.js';

const modules = { alstm: 'src/index.ts', 'alstm/browser': 'src/browser.ts' } as const;
type Module = keyof typeof modules;

let found: Readonly<Record<Module, readonly Exported[]>>;
beforeAll(() => {
  const all = exportsOf(Object.values(modules));
  const of = (name: Module) => all.get(modules[name]) ?? [];
  found = { alstm: of('alstm'), 'alstm/browser': of('alstm/browser') };
});
/** Each export that has an example, once: what both modules export is taken of the first. */
function withExamples(): [Module, Exported][] {
  const known = new Set<string>();
  return (['alstm', 'alstm/browser'] as const).flatMap((from) =>
    found[from]
      .filter(({ name, examples }) => {
        const key = [name, ...examples].join('\n');
        return examples.length > 0 && !known.has(key) && known.add(key);
      })
      .map((each): [Module, Exported] => [from, each]),
  );
}

it('makes the reference of the interface without a warning', async () => {
  const command = resolve('node_modules', 'typedoc', 'bin', 'typedoc');
  const args = [
    command,
    '--options',
    resolve('tools', 'typedoc.json'),
    '--emit',
    'none',
    '--logLevel',
    'Warn',
  ];
  // A warning is an error: of a type that the interface speaks of and does not export, for example.
  const ended = await run(process.execPath, args, { cwd: resolve('.'), env: { NO_COLOR: '1' } });
  expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

it('describes every export, and shows an example of every function, class and constant', () => {
  const all = Object.values(found).flat();
  expect(all.length).toBeGreaterThan(600);
  expect(all.filter(({ description }) => description === '').map(({ name }) => name)).toEqual([]);
  const values = all.filter(({ type }) => !type);
  expect(values.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual(
    [],
  );
});

it('has examples that match the types of the package', () => {
  const texts: Record<string, string> = {};
  for (const [from, { name, examples }] of withExamples()) {
    examples.forEach((text, i) => {
      const path = `test/package/examples-${from.replace('/', '-')}/${name}-${i}.ts`;
      texts[path] = programOfExample(text, from, found[from]);
    });
  }
  expect(Object.keys(texts).length).toBeGreaterThan(170);
  expect(typeErrors(texts)).toEqual([]);
});

/** Its example, to be run. */
const exampleOf = (from: Module, name: string) =>
  found[from].find((each) => each.name === name)?.examples[0] ?? '';

it.each<[Module, string]>([
  ...[
    ...['resample', 'extractFeatures', 'columnOf', 'functionalsOf', 'overAllFrames', 'frameCount'],
    ...['FEATURE_COUNT', 'correctToPrior', 'atTemperature', 'coverageAt', 'writeSafetensors'],
    ...['resolveTraining', 'corpusFormats'],
  ].map((name): [Module, string] => ['alstm', name]),
  ['alstm/browser', 'joinPath'],
])('%s: the example of %s logs what it says', async (from, name) => {
  const text = exampleOf(from, name);
  const says = Array.from(text.matchAll(/console\.log\(.*\/\/ ([^,\n]*)/g), ([, what]) => what);
  expect(says).toHaveLength(1);
  const samples = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(0.1 * n) / 2);
  const own = { alstm, 'alstm/browser': browser }[from];
  const names = found[from].filter((each) => !each.type && text.includes(each.name));
  const head = `import { ${names.map((each) => each.name).join(', ')} } from '${from}';`;
  const { lines } = await runText(`import { samples } from 'given';\n${head}\n${text}`, {
    [from]: own,
    given: { samples },
  });
  expect(lines).toEqual(says);
});

it.skipIf(shippedModels.size === 0)('the example of open predicts', async () => {
  const [folder, root] = [await mkdtemp(join(tmpdir(), 'alstm-reference-')), process.cwd()];
  const tone = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin(n ** 1.2 / 9) / 2);
  await new alstm.NodeFiles().write(join(folder, 'speech.wav'), alstm.encodeWav(tone, 16_000));
  const open = () => alstm.open(undefined, { adapter: testAdapter() });
  process.chdir(folder);
  try {
    const text = `import { open } from 'alstm';\n${exampleOf('alstm', 'open')}`;
    const { lines } = await runText(text, { alstm: { open } });
    expect(lines.join()).toMatch(/^[a-z]+ 0\.\d+$/);
  } finally {
    process.chdir(root);
    await rm(folder, { recursive: true });
  }
});
