import type { Picture } from '../charts/picture.js';
import { attentionPanel, outlinePanel, pitchPanel } from '../charts/sound.js';
import { panelFigures, type Panel } from '../charts/timeline.js';
import { percent, seconds as secondsText } from '../dom.js';
import { labelName, t } from '../language/words.js';
import type { Heard } from '../protocol.js';
import { sentence } from '../status.js';
import { heardText, topOf } from '../words.js';

/** What the timeline of a recording shows. */
export function panelsOf(heard: Heard): readonly Panel[] {
  return [
    outlinePanel(heard),
    ...(heard.pitch.length > 0 ? [pitchPanel(heard)] : []),
    attentionPanel(heard.seconds, heard.attention),
  ];
}

/** The answer for a recording and its timeline, to be saved. */
export function heardPicture(heard: Heard): Picture {
  const { name, seconds, scores, values, sure } = heard;
  const [top] = topOf(scores);
  const bars = Object.entries(scores).map(([label, share], series) => ({
    name: labelName(label),
    share,
    text: percent(share),
    series,
    best: label === top,
  }));
  const answer = sentence(
    `${heardText(scores, values, sure)}; ${t().answer.sound(secondsText(seconds))}`,
  );
  return {
    title: name,
    lines: [answer, t().answer.caution],
    bars,
    figures: (width) => panelFigures(panelsOf(heard), seconds, width),
  };
}
