/**
 * The options that every training and inference peer takes: the network's shape, the adapter, the clock.
 *
 * @typedef {object} Shape
 * @property {number} batch
 * @property {number} frames
 * @property {number} units recurrent units a direction
 * @property {number} frontendUnits
 * @property {number} headHidden
 * @property {Record<string, number>} heads classes of each task
 * @property {'attention' | 'mean'} pooling
 * @property {36} features
 */
import console from 'node:console';
import process from 'node:process';
import { parseArgs } from 'node:util';

/** Loss weights of SPEC's tasks; a task of another name counts 1. */
export const taskWeights = { emotion: 1, speaker: 0.3, gender: 0.6 };
const adapters = ['gpu', 'lavapipe', 'swiftshader'];

const common = {
  batch: { type: 'string', default: '8' },
  frames: { type: 'string', default: '50' },
  units: { type: 'string', default: '64' },
  'frontend-units': { type: 'string', default: '256' },
  'head-hidden': { type: 'string', default: '256' },
  heads: { type: 'string', default: 'emotion=4,speaker=8,gender=2' },
  pooling: { type: 'string', default: 'attention' },
  cell: { type: 'string', default: 'lstm' },
  seconds: { type: 'string', default: '5' },
  'min-blocks': { type: 'string', default: '3' },
  adapter: { type: 'string' },
  json: { type: 'boolean', default: false }, // what is printed is JSON anyway
};

/**
 * @param {Record<string, {type: 'string' | 'boolean', default?: string | boolean}>} [extra] a peer's own options
 */
export function readArguments(extra = {}) {
  const { values } = parseArgs({ options: { ...common, ...extra } });
  const { cell } = values;
  if (cell !== 'lstm') throw new Error(`--cell ${cell}: peers have the plain LSTM (lstm) only`);
  /** @type {Shape} */
  const shape = {
    batch: wholeNumber('batch', values.batch),
    frames: wholeNumber('frames', values.frames),
    units: wholeNumber('units', values.units),
    frontendUnits: wholeNumber('frontend-units', values['frontend-units']),
    headHidden: wholeNumber('head-hidden', values['head-hidden'], 0),
    heads: readHeads(values.heads),
    pooling: oneOf('pooling', values.pooling, ['attention', 'mean']),
    features: 36,
  };
  return {
    shape,
    seconds: readSeconds(values.seconds),
    minBlocks: wholeNumber('min-blocks', values['min-blocks']),
    adapter: values.adapter && oneOf('adapter', values.adapter, adapters),
    values,
  };
}

/**
 * The options of a product C [m,n] = A [m,k] · B [k,n].
 *
 * @param {readonly string[]} peers
 * @param {Record<string, {type: 'string'}>} extra a peer's own options
 */
export function readProductArguments(peers, extra) {
  const { values } = parseArgs({
    options: {
      m: { type: 'string', default: '1600' },
      n: { type: 'string', default: '512' },
      k: { type: 'string', default: '256' },
      peer: { type: 'string', default: peers[0] },
      seconds: common.seconds,
      adapter: common.adapter,
      json: common.json,
      ...extra,
    },
  });
  return {
    m: wholeNumber('m', values.m),
    n: wholeNumber('n', values.n),
    k: wholeNumber('k', values.k),
    peer: oneOf('peer', values.peer, peers),
    seconds: readSeconds(values.seconds),
    adapter: values.adapter && oneOf('adapter', values.adapter, adapters),
    values,
  };
}

/** @param {string} name @param {string} text @param {readonly string[]} choices */
export function oneOf(name, text, choices) {
  if (choices.includes(text)) return text;
  throw new Error(`--${name} ${text}: want one of ${choices.join(', ')}`);
}

/** @param {string} name @param {string} text @param {number} [least] */
export function wholeNumber(name, text, least = 1) {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} ${text}: want a whole number from ${least} on`);
}

/** @param {string} text */
function readSeconds(text) {
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new Error(`--seconds ${text}: want a number from 0 on`);
}

/** @param {string} text @returns {Record<string, number>} */
function readHeads(text) {
  const heads = {};
  for (const part of text.split(',')) {
    const match = /^([A-Za-z]\w*)=([1-9]\d*)$/.exec(part);
    if (match === null || match[1] in heads) {
      throw new Error(`--heads ${text}: want task=classes,… with each task once`);
    }
    heads[match[1]] = Number(match[2]);
  }
  return heads;
}

/**
 * Runs a peer: its one object to standard output, an error as one line to standard error and exit 1.
 *
 * @param {string} peer
 * @param {() => Promise<object>} main
 */
export async function runPeer(peer, main) {
  try {
    console.log(JSON.stringify(await main()));
    process.exitCode = 0;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const hint = error instanceof Error && 'hint' in error ? ` (${String(error.hint)})` : '';
    console.error(`${peer}: ${text.trim().split('\n')[0]}${hint}`);
    process.exitCode = 1;
  }
  // Devices and worker threads of a peer would keep the process alive.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit();
}
