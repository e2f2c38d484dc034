import type { Command } from 'commander';
import { featurePlaces } from '../../core/choices.js';
import type { VerifyFlags } from '../jobs/verify.js';
import { choice } from '../options/choice.js';
import { precisionOption } from '../options/precision.js';
import { path, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addVerify(program: Command, run: Run): void {
  program
    .command('verify')
    .summary('does this GPU agree with numbers from PyTorch?')
    .description(
      'Computes networks and features whose right results are in files (fixtures), and compares every number. Prints ' +
        'the worst of each file: how far off it is, and how far it may be.',
    )
    .argument('<fixture...>', 'safetensors files', paths)
    .addOption(precisionOption("f32, or the plan's"))
    .addOption(
      choice(
        '--features-on <where>',
        'compute features on the GPU, in float32, or on the CPU, in float64 (default: cpu)',
        featurePlaces,
      ),
    )
    .option('--plan <file>', 'run the kernels as this file of alstm tune says', path)
    .addHelpText(
      'after',
      examples(
        'alstm verify test/fixtures/network/*.safetensors --json',
        'alstm verify test/fixtures/network/*.safetensors --plan plan.json',
        'alstm verify test/fixtures/features/*.safetensors --features-on gpu',
      ),
    )
    .action((fixtures: string[], flags: VerifyFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/verify.js')).verify(cli, fixtures, flags)),
    );
}
