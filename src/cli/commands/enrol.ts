import { type Command, Option } from 'commander';
import { FEW_RECORDINGS } from '../../features/speaker-moments.js';
import type { EnrolFlags } from '../jobs/enrol.js';
import { MODEL_TEXT } from '../options/model.js';
import { addRequired } from '../options/required.js';
import { speakerName } from '../options/speaker.js';
import { path, paths } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addEnrol(program: Command, run: Run): void {
  const command = program
    .command('enrol')
    .summary('learn a voice from a few recordings, for predict')
    .description(
      'Some models answer better if they know how a person usually sounds. This measures it in recordings of that person ' +
        'and writes a small JSON file for predict --enrolment. They need no labels: any speech will do, best in ' +
        `many moods, at least ${FEW_RECORDINGS} recordings.`,
    )
    .argument('<name>', 'name of the speaker', speakerName)
    .argument('<file...>', 'recordings of this speaker alone, or folders of them', paths);
  addRequired(
    command,
    new Option('--model <model>', `for this model: ${MODEL_TEXT}`).argParser(path),
  );
  addRequired(command, new Option('--out <file>', 'JSON file to write').argParser(path))
    .option('--add', 'add to what --out holds already')
    .addHelpText(
      'after',
      examples(
        'alstm enrol ann calls/ann/ --model runs/by-speaker --out ann.json',
        'alstm enrol ann today.wav --model runs/by-speaker --out ann.json --add',
        'alstm predict runs/by-speaker new.wav --enrolment ann.json',
      ),
    )
    .action((name: string, recordings: string[], flags: EnrolFlags, self: Command) =>
      run(self, async (cli) =>
        (await import('../jobs/enrol.js')).enrolSpeaker(cli, name, recordings, flags),
      ),
    );
}
