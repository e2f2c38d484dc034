import { type Command, Option } from 'commander';
import {
  projected,
  timePipeline,
  type AudioBytes,
  type Bound,
  type PipelineTiming,
} from '../../bench/pipeline.js';
import { madeUpRecordings } from '../../bench/recordings.js';
import { adapterSlug, BENCH_FORMAT, originOf } from '../../bench/results.js';
import { joinPath } from '../../core/paths.js';
import type { TrainedModel } from '../../model/folder.js';
import { DEFAULT_VOICES } from '../../model/voices.js';
import { audioFiles } from '../options/audio-files.js';
import { readGiven } from '../options/model.js';
import { integerFrom, paths } from '../options/values.js';
import type { Cli } from '../cli.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

interface PipelineFlags {
  readonly model: string;
  readonly seconds: number;
  readonly cores: number;
  readonly out?: string;
}

/** Cores of the host that a projection is made for. */
const HOST_CORES = 16;

export function addBenchPipeline(bench: Command, run: Run): void {
  bench
    .command('pipeline')
    .summary('time the way from audio files to answers, stage by stage')
    .description(
      'Times decoding, resampling, features on the CPU and on the GPU, and the network, each by itself, of the ' +
        'given recordings by format. Prints hours of audio a second of one thread or of the device, which stage ' +
        'bounds the whole, and a projection for a host with more cores.',
    )
    .argument(
      '[recording...]',
      'recordings, or folders of them (default: made-up WAV files)',
      paths,
    )
    .addOption(
      new Option('--model <model>', 'the model, which names the features').default(DEFAULT_VOICES),
    )
    .option('--cores <n>', 'cores of the host of the projection', integerFrom(1), HOST_CORES)
    .addHelpText(
      'after',
      examples('alstm bench pipeline', 'alstm bench pipeline calls/ --model runs/first --json'),
    )
    .action((recordings: string[] | undefined, _: unknown, self: Command) =>
      // --seconds and --out are those of bench itself
      run(self, (cli) =>
        benchPipeline(cli, recordings ?? [], self.optsWithGlobals<PipelineFlags>()),
      ),
    );
}

async function benchPipeline(
  cli: Cli,
  given: readonly string[],
  { model, seconds, cores, out }: PipelineFlags,
): Promise<void> {
  const trained: TrainedModel = await readGiven(cli, model);
  const files = given.length === 0 ? madeUpRecordings(cli.seed) : await read(cli, given);
  const engine = await cli.engine();
  const timings = await timePipeline(engine, trained, files, {
    seconds,
    onProgress: (done, total, note) =>
      cli.startProgress('bench pipeline', total).update(done, note),
  });
  cli.stopProgress();
  const origin = originOf(engine.gpu.adapter);
  const results = timings.map((timing) => ({
    bench: 'pipeline',
    model,
    ...timing,
    now: projected(timing, 1),
    projection: { cores, bounds: projected(timing, cores) },
  }));
  for (const result of results) {
    cli.result({ ...origin, ...result }, () => textOf(result, cores));
  }
  if (out === undefined) return;
  const target = joinPath(out, `${adapterSlug(engine.gpu.adapter)}/pipeline.json`);
  const file = { format: BENCH_FORMAT, bench: 'pipeline', ...origin, results };
  await cli.files.write(target, `${JSON.stringify(file, null, 1)}\n`);
  cli.log(`wrote ${target}`);
}

async function read(cli: Cli, given: readonly string[]): Promise<AudioBytes[]> {
  const files: AudioBytes[] = [];
  for (const { path } of await audioFiles(cli, given)) {
    files.push({ name: path, bytes: await cli.files.read(path) });
  }
  return files;
}

function textOf(
  timing: PipelineTiming & {
    readonly now: readonly Bound[];
    readonly projection: { readonly bounds: readonly Bound[] };
  },
  cores: number,
): string[] {
  const { format, recordings, audioSeconds, rates, stages } = timing;
  const from = `${rates.map((rate) => rate / 1000).join(', ')} kHz`;
  const speed = (x: number): string => `${x.toPrecision(3)} h/s`.padStart(12);
  const bound = (title: string, { features, hoursPerSecond, stage }: Bound): string =>
    `  ${title}, features on the ${features.toUpperCase()}: ${hoursPerSecond.toPrecision(3)} h/s, bound by: ${stage}`;
  return [
    `${format} of ${from}: ${recordings} recordings, ${audioSeconds.toFixed(0)} s of audio`,
    ...stages.map(({ stage, ms, hoursPerSecond }) => {
      const times = `${(audioSeconds / (ms / 1000)).toFixed(0)} x real time`;
      return `  ${stage.padEnd(32)}${speed(hoursPerSecond)}  ${times.padStart(20)}`;
    }),
    ...timing.now.map((own) => bound('one thread', own)),
    ...timing.projection.bounds.map((own) => bound(`projection for ${cores} cores`, own)),
  ];
}
