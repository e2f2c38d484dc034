/**
 * Checks of `npm test` that are not tests: types, rules, formatting. They run in parallel, because each keeps one
 * core busy; the output of each is printed when it ends. All run to the end; exit status 1 if one fails.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import process from 'node:process';

const bin = (path) => `node_modules/${path}`;
const checks = {
  eslint: [bin('eslint/bin/eslint.js'), '.'],
  typecheck: [bin('typescript/bin/tsc'), '--noEmit'],
  prettier: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
};

/** @returns {Promise<boolean>} whether it succeeded */
function run(name, args) {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...color },
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      process.stdout.write(Buffer.concat(said));
      if (status !== 0) process.stderr.write(`check: ${name} ended with ${status ?? signal}\n`);
      resolve(status === 0);
    });
  });
}

const all = await Promise.all(Object.entries(checks).map(([name, args]) => run(name, args)));
if (!all.every(Boolean)) process.exitCode = 1;
