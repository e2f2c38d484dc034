import { FileError, UsageError } from '../../core/errors.js';
import { linesOf } from '../../core/lines.js';
import { isInShard, type Shard } from '../../core/shard.js';
import { readRecordingList } from '../../corpora/recording-list.js';
import type { Cli } from '../cli.js';
import { audioFiles, type FileKind } from '../given/audio-files.js';

/** Standard input, among the operands. */
export const STDIN = '-';

/** A recording that is to be predicted. */
export interface Given {
  readonly path: string;
  /** What a manifest says. */
  readonly speaker?: string;
}

export interface Inputs {
  /** A stream, where nobody knows yet how many there are. */
  readonly recordings: AsyncIterable<Given> | readonly Given[];
  /** Whether recordings may come slowly. */
  readonly slow: boolean;
}

export interface InputOptions {
  readonly manifest?: string | undefined;
  readonly allowOutside?: boolean | undefined;
  readonly kind: FileKind;
}

/**
 * The recordings that operands or a manifest name, in order. Standard input is read as the recordings are used.
 *
 * @throws UsageError for a manifest with operands; as audioFiles and readRecordingList
 */
export async function readInputs(
  cli: Cli,
  operands: readonly string[],
  { manifest, allowOutside = false, kind }: InputOptions,
): Promise<Inputs & { readonly hasSpeakers: boolean }> {
  if (manifest !== undefined) {
    if (operands.length > 0) {
      throw new UsageError(
        `${operands[0]} was given together with --manifest`,
        'Give recordings, or a manifest that lists them; a model may come first.',
      );
    }
    const { recordings, hasSpeakers } = await readRecordingList(cli.files, manifest, {
      allowOutside,
    });
    return { recordings, slow: false, hasSpeakers };
  }
  if (operands.includes(STDIN)) {
    refuseTwice(operands);
    const recordings = streamed(cli, operands, kind);
    return { recordings, slow: true, hasSpeakers: false };
  }
  const recordings = (await audioFiles(cli, operands, kind)).map(({ path }) => ({ path }));
  return { recordings, slow: false, hasSpeakers: false };
}

/**
 * Those of a shard, each once.
 *
 * @param keyOf what stays together in one shard: the path, or the speaker
 * @param once by path: for a table of results. Default: as often as they come
 */
export function selected<I extends Inputs>(
  inputs: I,
  keyOf: (recording: Given) => string,
  { shard, once = false }: { readonly shard?: Shard | undefined; readonly once?: boolean },
): I {
  if (shard === undefined && !once) return inputs;
  const seen = new Set<string>();
  const takes = (one: Given): boolean => {
    if (shard !== undefined && !isInShard(keyOf(one), shard)) return false;
    if (!once) return true;
    const before = seen.size;
    return seen.add(one.path).size > before;
  };
  const { recordings } = inputs;
  if (!(Symbol.asyncIterator in recordings)) {
    return { ...inputs, recordings: [...recordings].filter(takes) };
  }
  return { ...inputs, recordings: filtered(recordings, takes) };
}

async function* filtered(
  recordings: AsyncIterable<Given>,
  takes: (one: Given) => boolean,
): AsyncGenerator<Given, void, undefined> {
  for await (const one of recordings) if (takes(one)) yield one;
}

async function* streamed(
  cli: Cli,
  operands: readonly string[],
  kind: FileKind,
): AsyncGenerator<Given, void, undefined> {
  for (const operand of operands) {
    if (operand !== STDIN) {
      for (const { path } of await audioFiles(cli, [operand], kind)) yield { path };
      continue;
    }
    for await (const path of linesOf(cli.stdin())) {
      if (path === '') continue;
      if (!(await cli.files.isFolder(path)))
        yield { path }; // names, never patterns
      else yield* inFolder(cli, path, kind);
    }
  }
}

/** A folder of a list costs only itself. */
async function* inFolder(cli: Cli, folder: string, kind: FileKind): AsyncGenerator<Given> {
  try {
    for (const { path } of await audioFiles(cli, [folder], kind)) yield { path };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    cli.complain(error);
  }
}

function refuseTwice(operands: readonly string[]): void {
  if (operands.filter((operand) => operand === STDIN).length < 2) return;
  throw new UsageError('- was given twice', 'Standard input can be read once.');
}
