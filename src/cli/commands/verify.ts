import { type Command, Option } from 'commander';
import { AlstmError, DeviceLostError } from '../../core/errors.js';
import { readSafetensors, type SafetensorsFile } from '../../core/safetensors.js';
import { type Comparison, isNetworkFixture, verifyNetworkFixture } from '../../session/verify.js';
import { verifyFeatureFixture } from '../../features/verify.js';
import { precisions, type Precision } from '../../plan/plan.js';
import type { Cli } from '../cli.js';
import type { Run } from '../run.js';
import { examples, oneLine } from '../text.js';
import { paths } from '../options/values.js';

/** What `verify --json` prints for a fixture. */
type Verdict =
  | { readonly path: string; readonly ok: boolean; readonly worst: Comparison }
  | { readonly path: string; readonly ok: false; readonly error: string };

export function addVerify(program: Command, run: Run): void {
  program
    .command('verify')
    .summary('compare the results of this adapter with fixtures')
    .description(
      'Runs network and feature fixtures and compares every tensor with the expected one. ' +
        'Prints the worst of each: its error and the tolerance.',
    )
    .argument('<fixture...>', 'safetensors files', paths)
    .addOption(
      new Option('--precision <name>', 'storage type of activations')
        .choices(precisions)
        .default('f32'),
    )
    .addHelpText('after', examples('alstm verify test/fixtures/network/*.safetensors --json'))
    .action((fixtures: string[], { precision }: { precision: Precision }, command: Command) =>
      run(command, (cli) => verify(cli, fixtures, precision)),
    );
}

async function verify(cli: Cli, fixtures: readonly string[], precision: Precision): Promise<void> {
  for (const path of fixtures) {
    const verdict = await judge(cli, path, precision);
    if (!verdict.ok) cli.exitCode = 1;
    cli.result(verdict, () => [textOf(verdict)]);
  }
}

/** A fixture that cannot be used gives a verdict; a missing or lost adapter ends the command. */
async function judge(cli: Cli, path: string, precision: Precision): Promise<Verdict> {
  try {
    const bytes = await cli.files.read(path);
    const file = readSafetensors(bytes, { source: path, requireFinite: true });
    const worst = worstOf(await compare(cli, file, path, precision));
    return { path, ok: worst.error <= worst.tolerance, worst };
  } catch (error) {
    if (!(error instanceof AlstmError) || error === cli.engineFailure) throw error;
    if (error instanceof DeviceLostError) throw error;
    cli.complain(error);
    return { path, ok: false, error: oneLine(error.message) };
  }
}

async function compare(
  cli: Cli,
  file: SafetensorsFile,
  path: string,
  precision: Precision,
): Promise<readonly Comparison[]> {
  if (!isNetworkFixture(file)) return [await verifyFeatureFixture(file, path)];
  return verifyNetworkFixture(await cli.engine(), file, path, { precision });
}

/** The worst relative to its tolerance. JSON has no infinity: the largest number replaces it. */
function worstOf(comparisons: readonly Comparison[]): Comparison {
  const [first, ...rest] = comparisons;
  if (first === undefined) throw new Error('a fixture compared nothing');
  const severity = ({ error, tolerance }: Comparison): number =>
    Number.isNaN(error) ? Infinity : error / tolerance;
  const worst = rest.reduce((a, b) => (severity(b) > severity(a) ? b : a), first);
  return Number.isFinite(worst.error) ? worst : { ...worst, error: Number.MAX_VALUE };
}

function textOf(verdict: Verdict): string {
  if ('error' in verdict) return `FAIL  ${verdict.path}`;
  const { path, ok, worst } = verdict;
  const { tensor, error, tolerance } = worst;
  const found = `${error.toExponential(1)} of at most ${tolerance.toExponential(0)}`;
  return `${ok ? 'ok  ' : 'FAIL'}  ${path}  ${tensor}: ${found}`;
}
