import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ConfigError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { Tensors } from '../../session/types.js';
import { readLatestCheckpoint } from '../../runs/checkpoint.js';
import { hashOf } from '../../runs/config.js';
import { readRunConfig } from '../../runs/folder.js';

export const VERIFY_DETERMINISM = '--verify-determinism';

/**
 * Trains a run again in another process, in a folder next to it, and compares parameters and moments at the end.
 *
 * @param run a run of this command that has ended
 * @param args the command that made it, without the program's name
 * @throws ConfigError if a tensor differs, naming the first; if the other process fails
 */
export async function verifyDeterminism(
  files: Files,
  run: string,
  args: readonly string[],
): Promise<void> {
  const again = `${run}.again-${process.pid}`;
  try {
    const own = args.filter((arg) => arg !== VERIFY_DETERMINISM);
    const child = spawn(process.execPath, [process.argv[1] ?? '', ...own, '--out', again], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) {
      const line = told.split('\n').find((text) => text.startsWith('alstm: ')) ?? 'it was killed';
      throw new ConfigError(`the second training failed: ${line.replace('alstm: ', '')}`);
    }
    const [first, second] = [await tensorsOf(files, run), await tensorsOf(files, again)];
    const differs = Object.keys(first).find((name) => !equal(first[name], second[name]));
    if (differs === undefined) return;
    throw new ConfigError(
      `${differs} is not bit-identical in two trainings`,
      'The adapter or its driver is not deterministic: other runs on it will differ as well.',
    );
  } finally {
    await files.remove(again);
  }
}

/** Parameters and moments of a run's newest checkpoint. */
async function tensorsOf(files: Files, run: string): Promise<Tensors> {
  const hash = await hashOf(await readRunConfig(files, run));
  const checkpoint = await readLatestCheckpoint(files, run, hash, () => undefined);
  if (checkpoint === undefined) throw new ConfigError(`${run} has no checkpoint to compare`);
  const { parameters, optimizer } = checkpoint.state;
  const moments = Object.entries(optimizer).map(([name, tensor]) => [`optimiser ${name}`, tensor]);
  return { ...parameters, ...(Object.fromEntries(moments) as Tensors) };
}

function equal(a: Tensors[string] | undefined, b: Tensors[string] | undefined): boolean {
  if (a === undefined || b === undefined || a.data.length !== b.data.length) return false;
  const [x, y] = [a, b].map(({ data: { buffer, byteOffset, byteLength } }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return x !== undefined && y !== undefined && x.equals(y);
}
