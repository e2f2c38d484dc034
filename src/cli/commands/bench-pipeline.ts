import type { Command } from 'commander';
import { DEFAULT_VOICES } from '../../model/voices.js';
import type { PipelineFlags } from '../jobs/bench-pipeline.js';
import { integerFrom, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

/** Cores of the host that a projection is made for. */
const HOST_CORES = 16;

export function addBenchPipeline(bench: Command, run: Run): void {
  bench
    .command('pipeline')
    .summary('from audio files to answers, stage by stage')
    .description(
      'Measures decoding, resampling, features on the CPU and on the GPU, and the network, each by itself, for each ' +
        'format of the recordings. Prints hours of audio a second of one thread or of the GPU, which stage holds up ' +
        'the others, and what to expect of a machine with more cores. --seconds and --out are those of bench.',
    )
    .argument(
      '[recording...]',
      'recordings, or folders of them (default: made-up WAV files)',
      paths,
    )
    .option('--model <model>', 'the model, which says which features', DEFAULT_VOICES)
    .option('--cores <n>', 'cores of that other machine', integerFrom(1), HOST_CORES)
    .addHelpText(
      'after',
      examples('alstm bench pipeline', 'alstm bench pipeline calls/ --model runs/first --json'),
    )
    .action((recordings: string[] | undefined, _: unknown, self: Command) =>
      // --seconds and --out are those of bench itself
      run(self, async (cli) => {
        const { benchPipeline } = await import('../jobs/bench-pipeline.js');
        await benchPipeline(cli, recordings ?? [], self.optsWithGlobals<PipelineFlags>());
      }),
    );
}
