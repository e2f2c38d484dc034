import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

/** Where tools/unpack-mesa.mjs unpacked a Mesa with subgroup matrices, and starts Node on it. */
const node = resolve(process.env['ALSTM_MESA'] || 'node_modules/.cache/mesa', 'node');
const files = ['test/kernels/matmul.test.ts', 'test/session/plan-fixtures.test.ts'];

/** Part of vitest's JSON report. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs those tests of the files that name subgroups, on lavapipe of that Mesa. */
function runSubgroupTests(): Promise<Report> {
  // a vitest of its own, that knows nothing of this one
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const env = { ...Object.fromEntries(inherited), ALSTM_ADAPTER: 'lavapipe' };
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...files, '-t', 'subgroup'];
  return new Promise((fulfil, reject) => {
    const child = spawn(node, [...args, '--reporter=json', '--maxWorkers=1'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', () => {
      const start = stdout.indexOf('{');
      if (start < 0) reject(new Error(`no report: ${stderr}`));
      else fulfil(JSON.parse(stdout.slice(start)) as Report);
    });
  });
}

it('products by subgroup matrices are right on lavapipe', { timeout: 600_000 }, async (context) => {
  if (!existsSync(node)) {
    context.skip(
      `there is no ${node}: tools/unpack-mesa.mjs unpacks a Mesa with subgroup matrices`,
    );
  }
  const { testResults } = await runSubgroupTests();
  const own = testResults.map(({ assertionResults }) =>
    assertionResults.filter(({ fullName }) => fullName.includes('subgroup')),
  );
  expect(own).toHaveLength(files.length);
  for (const tests of own) expect(tests.length).toBeGreaterThan(5);
  // one that was skipped did not show anything
  const bad = own.flat().filter(({ status }) => status !== 'passed');
  const text = bad.map(
    (test) => `${test.fullName}: ${test.status} ${test.failureMessages[0] ?? ''}`,
  );
  expect(text).toEqual([]);
});
