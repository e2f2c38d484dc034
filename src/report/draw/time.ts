import type { Panel } from './drawing.js';

export interface Step {
  readonly time: number;
  readonly value: number;
}

/** Middle of a frame of a recording whose frames share its length equally. */
export function frameTime(frame: number, frames: number, seconds: number): number {
  return ((frame + 0.5) / frames) * seconds;
}

/** Both ends of every step, so that a single one has a width too. */
export function steps(values: readonly number[], seconds: number): Step[] {
  const width = seconds / Math.max(values.length, 1);
  return values.flatMap((value, i) => [
    { time: i * width, value },
    { time: (i + 1) * width, value },
  ]);
}

/** The lowest of some panels over time, with the axis of all of them. */
export function timeAxis(panel: Panel, seconds: number): Panel {
  const room = 34;
  return {
    ...panel,
    height: panel.height + room,
    marginBottom: (panel.marginBottom ?? 0) + room,
    x: { domain: [0, seconds], label: 'time (s)', labelAnchor: 'center', labelArrow: 'none' },
  };
}

export function finiteOr0(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
