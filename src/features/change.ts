import { type ConditionName, conditionTitle } from './conditions/conditions.js';

/** How a copy of a recording differs from it; nothing: it does not. */
export interface Change {
  /** It is played so many times as fast, as `faster` makes it. */
  readonly speed?: number;
  /** It sounds as under this condition. */
  readonly condition?: ConditionName;
}

/** The copies that a source asks for, one after the other: those at other speeds come first. */
export function changesOf({
  speeds = [],
  conditions = [],
}: {
  readonly speeds?: readonly number[] | undefined;
  readonly conditions?: readonly ConditionName[] | undefined;
}): Change[] {
  return [...speeds.map((speed) => ({ speed })), ...conditions.map((condition) => ({ condition }))];
}

/** A change in words, after the name of what is changed: `at speed 0.9`, `with an echo`. */
export function changeText({ speed, condition }: Change): string {
  const parts = [
    ...(speed === undefined ? [] : [`at speed ${speed}`]),
    ...(condition === undefined ? [] : [`with ${conditionTitle(condition)}`]),
  ];
  return parts.join(' ');
}

/** `{ speed, condition }` without what changes nothing. */
export function unlessUnchanged({ speed = 1, condition }: Change): Change {
  return { ...(speed !== 1 && { speed }), ...(condition !== undefined && { condition }) };
}

/** Tells a copy's recording from the original: appended to its digest, empty for the original. */
export function changeKey({ speed = 1, condition }: Change): string {
  return `${speed === 1 ? '' : `@${speed}`}${condition === undefined ? '' : `@${condition}`}`;
}
