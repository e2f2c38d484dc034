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
import { audioFiles } from '../given/audio-files.js';
import { readGiven } from '../given/model.js';
import type { Cli } from '../cli.js';

export interface PipelineFlags {
  readonly model: string;
  readonly seconds: number;
  readonly cores: number;
  readonly out?: string;
}

export async function benchPipeline(
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
