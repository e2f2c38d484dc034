import { describe, expect, it } from 'vitest';
import { envelope } from '../../src/report/draw/bins.js';
import { compact, duration, integer, percent } from '../../src/report/draw/format.js';
import { escapeHtml, html } from '../../src/report/draw/html.js';
import { confusionText, sparkline } from '../../src/report/draw/text.js';

describe('confusionText', () => {
  it('aligns counts under their labels', () => {
    const text = confusionText(
      [
        [12, 3],
        [0, 5],
      ],
      ['anger', 'joy'],
    );
    expect(text).toBe(
      [
        'true \\ predicted  anger  joy  recall',
        'anger                12    3    80 %',
        'joy                   0    5   100 %',
      ].join('\n'),
    );
  });

  it('has no recall for a label that the truth lacks, and passes on no control characters', () => {
    const text = confusionText([[0]], ['\u001b[2Jx']);
    expect(text.split('\n')[1]).toMatch(/–$/);
    expect(text).toContain('\u{fffd}[2Jx');
    expect(text).not.toContain('\u001b');
  });
});

/** Of 400 labels, each taken for the next one a few times. */
const manyLabels = Array.from({ length: 400 }, (_, i) => `label ${i}`);
const manyCounts = manyLabels.map((_, truth) =>
  manyLabels.map((_, predicted) =>
    predicted === (truth + 1) % 400 ? truth % 7 : 1 - Math.sign(Math.abs(predicted - truth)),
  ),
);

describe('confusionText of many labels', () => {
  it('is the most frequent mistakes, in few lines', () => {
    const lines = confusionText(manyCounts, manyLabels).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines.slice(0, 3)).toEqual([
      '400 labels; the most frequent mistakes (--json has all counts):',
      'true       predicted  recordings  of these',
      'label 6      label 7           6      86 %',
    ]);
  });
});

describe('sparkline', () => {
  it('goes from nothing to the largest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
  });

  it('averages what is longer than the line', () => {
    expect(sparkline([0, 0, 4, 10], 2)).toBe('▁█');
    expect(sparkline(new Float32Array(1000).fill(1e-3), 10)).toBe('██████████');
  });

  it('copes with nothing, silence, negative and not finite values', () => {
    expect(sparkline([])).toBe('');
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline([-1, 1])).toBe('▁█');
    expect(sparkline([NaN, 1, Infinity])).toBe(' █ ');
  });
});

describe('envelope', () => {
  it('is the largest magnitude of each part', () => {
    expect(envelope([0.1, -0.5, 0.2, 0.3, -0.1, 0], 3)).toEqual([0.5, 0.3, 0.1]);
  });

  it('uses every sample once and keeps short input', () => {
    expect(envelope([1, 2, 3], 10)).toEqual([1, 2, 3]);
    expect(envelope([1, 0, 0, 0, 0, 0, 9], 3)).toEqual([1, 0, 9]);
    expect(envelope([])).toEqual([]);
  });
});

describe('html', () => {
  it('escapes values and keeps finished pieces', () => {
    const item = html`<li title="${'"\''}">${'a<b'}</li>`;
    const list = html`${[item, 3, [item]]}`;
    expect(item.text).toBe('<li title="&#34;&#39;">a&#60;b</li>');
    expect(list.text).toBe(`${item.text}3${item.text}`);
    expect(escapeHtml('&<>"\'')).toBe('&#38;&#60;&#62;&#34;&#39;');
  });
});

describe('formats', () => {
  it('write numbers for readers, and a dash for what is none', () => {
    expect(percent(0.725)).toBe('72.5\u00a0%');
    expect(integer(1234567)).toBe('1,234,567');
    expect(compact(0.00123456)).toBe('0.00123');
    expect([duration(12.34), duration(125), duration(119.7)]).toEqual([
      '12.3 s',
      '2 min 5 s',
      '2 min 0 s',
    ]);
    expect([percent(NaN), integer(Infinity), duration(NaN)]).toEqual(['–', '–', '–']);
  });
});
