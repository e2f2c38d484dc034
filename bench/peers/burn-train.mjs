/**
 * A training step of the plain LSTM network in burn (Rust). Prints one JSON object.
 *
 *     node burn-train.mjs [--batch 8 --frames 50 --units 64 …] [--adapter gpu|lavapipe] [--dropout 0.5]
 *
 * Build it first, which takes half an hour on two cores: cargo build --release in burn/. burn tunes its kernels in the first step:
 * 16 minutes on lavapipe at 8 x 50 x 64, and then 2.8 s a step (this project in the same session: 0.097 s).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { runPeer } from './arguments.mjs';

await runPeer('burn-train', async () => {
  const own = fileURLToPath(new URL('./burn/target', import.meta.url));
  const program = `${process.env['CARGO_TARGET_DIR'] ?? own}/release/burn-train`;
  if (!existsSync(program)) {
    throw new Error('burn is not built: run cargo build --release in bench/peers/burn');
  }
  const { status, stdout, stderr } = spawnSync(program, process.argv.slice(2), {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1) || `it ended with ${status}`);
  const found = JSON.parse(stdout);
  // wgpu and Dawn write the same device's name differently
  const adapter = found.adapter
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '');
  return { ...found, adapter };
});
