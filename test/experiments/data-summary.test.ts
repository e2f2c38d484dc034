import { expect, it } from 'vitest';
import { loadExperimentData } from '../../src/experiments/experiment-data.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { corpusFiles } from '../data/corpus-files.js';
import { MemoryFiles } from '../support/memory-files.js';

const folder = '/home/ann/emodb';

it('names skipped recordings by their path in the corpus: data.json is published', async () => {
  const sounds = corpusFiles(2);
  const files = new MemoryFiles({
    [`${folder}/wav/03a01Fa.wav`]: sounds['ann-0.wav']!,
    [`${folder}/wav/03a01Wa.wav`]: sounds['ann-1.wav']!,
    [`${folder}/wav/08a01Fa.wav`]: sounds['bob-0.wav']!,
    [`${folder}/wav/08a01Wa.wav`]: sounds['bob-1.wav']!,
    [`${folder}/wav/08a01Na.wav`]: 'no sound',
  });
  const protocol = parseProtocol(
    {
      format: 'alstm-protocol-2',
      name: 'skipped',
      corpus: { format: 'emodb' },
      split: { kind: 'leave-one-speaker-out' },
      cells: [{ name: 'svm', svm: {} }],
      seeds: [0],
    },
    'p.json',
  );
  const { summary } = await loadExperimentData(files, protocol, folder, {});
  expect(summary.skipped).toHaveLength(1);
  const [skipped] = summary.skipped;
  expect(skipped?.path).toBe('wav/08a01Na.wav');
  expect(skipped?.reason).toMatch(/^wav\/08a01Na\.wav: /);
  expect(JSON.stringify(summary)).not.toContain('/home/ann');
});
