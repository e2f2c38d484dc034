import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { adapterArgs, alstm, errorOf, jsonLines, writeFiles } from './run-cli.js';
import { scratchFolder } from './scratch.js';

const at = scratchFolder();
const network = 'test/fixtures/network/lstm.safetensors';
const features = 'test/fixtures/features/one_frame.safetensors';

interface Verdict {
  readonly path: string;
  readonly ok: boolean;
  readonly worst?: { readonly tensor: string; readonly error: number; readonly tolerance: number };
  readonly error?: string;
  readonly plan?: {
    readonly file: string;
    readonly changed: readonly {
      readonly part: string;
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** A fixture with the values of one tensor changed. */
async function edited(
  fixture: string,
  tensor: string,
  change: (values: Float32Array) => void,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(await readFile(fixture));
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  const header = JSON.parse(text) as Record<string, { data_offsets: [number, number] }>;
  const [from, to] = header[tensor]?.data_offsets ?? [0, 0];
  const raw = bytes.slice(8 + length + from, 8 + length + to);
  const values = new Float32Array(raw.buffer);
  change(values);
  bytes.set(raw, 8 + length + from);
  return bytes;
}

beforeAll(async () => {
  const honest = new Uint8Array(await readFile(features));
  const lying = honest.slice();
  new DataView(lying.buffer).setBigUint64(0, BigInt(honest.length), true);
  await writeFiles(at(), {
    'nan.safetensors': await edited(network, 'param/frontend.weight', (v) => (v[2] = NaN)),
    'off.safetensors': await edited(
      network,
      'expect/loss/total',
      (v) => (v[0] = (v[0] ?? 0) + 0.01),
    ),
    'wrong.safetensors': await edited(features, 'expect/features', (v) => (v[0] = (v[0] ?? 0) + 1)),
    'lying.safetensors': lying,
    'text.safetensors': 'not a tensor in sight, though long enough',
  });
});

test('right fixtures pass: a line of JSON each, with the worst of it', async () => {
  const ended = await alstm(['verify', network, features, '--json', ...adapterArgs()]);
  expect(ended.status).toBe(0);
  const verdicts = jsonLines(ended) as Verdict[];
  expect(verdicts.map(({ path, ok }) => ({ path, ok }))).toEqual([
    { path: network, ok: true },
    { path: features, ok: true },
  ]);
  for (const { worst, ...rest } of verdicts) {
    expect(Object.keys(rest)).toEqual(['path', 'ok']);
    expect(Object.keys(worst ?? {})).toEqual(['tensor', 'error', 'tolerance']);
    expect(worst?.tensor).toMatch(/^expect\//);
    expect(worst?.error).toBeLessThanOrEqual(worst?.tolerance ?? 0);
  }
});

test('wrong and broken fixtures fail, each with what is wrong, and the others go on', async () => {
  const names = ['off', 'wrong', 'nan', 'lying', 'text', 'absent'];
  const paths = names.map((name) => at(`${name}.safetensors`));
  const ended = await alstm(['verify', ...paths, features, '--json', ...adapterArgs()]);
  expect(ended.status).toBe(1);
  const verdicts = jsonLines(ended) as Verdict[];
  expect(verdicts.map(({ path }) => path)).toEqual([...paths, features]);
  expect(verdicts.map(({ ok }) => ok)).toEqual([...names.map(() => false), true]);
  const [off, wrong, ...broken] = verdicts;
  expect(off?.worst?.tensor).toBe('expect/loss/total');
  expect(wrong?.worst?.tensor).toBe('expect/features: zcr');
  const problems = [/NaN|not finite/i, /header/, /header|safetensors/, /there is no such file/];
  problems.forEach((problem, i) => {
    expect(Object.keys(broken[i] ?? {})).toEqual(['path', 'ok', 'error']);
    expect(broken[i]?.error).toMatch(problem);
    expect(broken[i]?.error).toContain(broken[i]?.path);
    expect(ended.stderr).toContain(`alstm: ${broken[i]?.error}\n  `);
  });
});

test('a number that is not known is no fault of a network fixture', async () => {
  const ended = await alstm(['verify', 'test/fixtures/network/regression.safetensors']);
  expect({ status: ended.status, stderr: ended.stderr }).toMatchObject({ status: 0 });
  expect(ended.stdout).toMatch(/^ok /);
});

test('fixtures run with a plan, which is fitted to their models where it has to be', async () => {
  const lanes = { variant: 'registers', rowLanes: 2, columnLanes: 8 };
  const plan = {
    ...{ version: 3, precision: 'f32', gradientGroups: 3, stepsPerDispatch: 5 },
    matmul: { dense: lanes, inputGradient: lanes, weightGradient: lanes, heads: lanes },
    forward: { variant: 'steps', rows: 8, units: 16, lanes: 32 },
    backward: { variant: 'persistent', rows: 2, lanes: 64, block: 1, unroll: false },
  };
  const large = { ...plan, forward: { variant: 'steps', rows: 4096, units: 1, lanes: 1024 } };
  const matmul = { ...plan.matmul, heads: { ...lanes, rowLanes: 4096 } };
  await writeFiles(at(), {
    'plan.json': JSON.stringify(plan),
    'large.json': JSON.stringify(large),
    'too-many.json': JSON.stringify({ ...plan, matmul }),
  });
  const verify = (file: string, ...more: string[]) =>
    alstm(['verify', ...more, '--plan', at(file), '--json', ...adapterArgs()]);

  const ended = await verify('plan.json', network, features);
  expect(ended.status).toBe(0);
  const [own, other] = jsonLines(ended) as Verdict[];
  expect(own).toMatchObject({ ok: true, plan: { file: at('plan.json'), changed: [] } });
  expect(other).toMatchObject({ ok: true });
  expect(other).not.toHaveProperty('plan'); // features have no kernel plan

  const [fitted] = jsonLines(await verify('large.json', network)) as Verdict[];
  expect(fitted?.plan?.changed).toMatchObject([
    { part: 'forward', from: 'steps rows 4096, units 1, lanes 1024' },
  ]);
  expect(fitted).toMatchObject({ ok: true });

  const refused = await verify('too-many.json', network);
  expect(refused.status).toBe(1);
  const [verdict] = jsonLines(refused) as Verdict[];
  expect(verdict).toMatchObject({ path: network, ok: false });
  expect(verdict?.error).toMatch(
    /lstm.safetensors: the adapter cannot run the plan .* matmul.heads needs 32768 lanes/,
  );
  const mixed = await verify('plan.json', '--precision', 'f16', network);
  expect(mixed.status).toBe(2);
  expect(errorOf(mixed).message).toContain('plan.json is a plan for f32');
});

test('as text it says the same', async () => {
  const right = await alstm(['verify', features]);
  expect(right).toMatchObject({ status: 0, stderr: '' });
  expect(right.stdout).toMatch(
    /^ok {4}test\/fixtures\/features\/one_frame\.safetensors {2}expect\//,
  );
  const broken = await alstm(['verify', at('lying.safetensors')]);
  expect(broken.status).toBe(1);
  expect(broken.stdout).toBe(`FAIL  ${at('lying.safetensors')}\n`);
  expect(errorOf(broken).message).toContain(at('lying.safetensors'));
});

test('a network fixture without an adapter ends the command', async () => {
  const env = { VK_DRIVER_FILES: '/dev/null', VK_ICD_FILENAMES: '/dev/null' };
  const ended = await alstm(['verify', network, features, '--adapter', 'gpu', '--json'], { env });
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 1, stdout: '' });
  expect(errorOf(ended).message).toContain('no GPU found');
});
