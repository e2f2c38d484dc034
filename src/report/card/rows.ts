import { cellTraits } from '../../core/cells.js';
import type { OptimizerConfig } from '../../core/config.js';
import { isRegression } from '../../core/heads.js';
import { functionalsText, inputUnits, lastRecurrent, layerText } from '../../core/layers.js';
import { compact, decimals, duration, integer } from '../draw/format.js';
import { markdown } from '../draw/markdown.js';
import type { CardData, CardProtocol, CardTraining, ModelCard } from './types.js';

/** A fact and its value, both Markdown. */
export type Row = readonly [string, string];

const combinations = {
  none: '',
  mean: ': combines past states with equal weights',
  attention: ': combines past states with learned weights',
};

/** Network and size. */
export function configurationRows({ model, parameters }: ModelCard): Row[] {
  const { cell, units, bidirectional, offsets, period } = lastRecurrent(model);
  const { title, combination } = cellTraits(cell);
  const heads = model.heads.map((head) => {
    const { task, hidden, weight, reversal } = head;
    const kind = isRegression(head)
      ? `a number, loss ${head.loss === 'ccc' ? '1 - CCC' : 'mean squared error'}`
      : `${head.classes} classes`;
    const reversed = reversal === undefined ? '' : `, gradient reversal ${compact(reversal)}`;
    return `${markdown(task)} (${kind}, ${hidden} hidden units, loss weight ${compact(weight)}${reversed})`;
  });
  return known([
    ['cell', `${title}${combinations[combination]}`],
    ...(combination === 'none'
      ? []
      : [
          ['states combined', `${offsets.join(', ')} steps back`] as const,
          ['combination', `every ${period} ${period === 1 ? 'step' : 'steps'}`] as const,
        ]),
    ['recurrent units', bidirectional ? `${units} per direction` : `${units}, unidirectional`],
    ['features per frame', String(model.features)],
    ['input units', when(inputUnits(model), String)],
    ['layers', model.layers?.map(layerText).join(', ')],
    ['pooling over time', model.pooling],
    ['beside them', when(model.functionals, functionalsText)],
    ['heads', heads.join('; ')],
    ['dropout in training', compact(model.dropout)],
    ['parameters', when(parameters, integer)],
  ]);
}

export function dataRows(data: CardData = {}): Row[] {
  return known([
    ['corpus', when(data.corpus, markdown)],
    ['language', listed(data.languages)],
    ['speech', when(data.acted, (acted) => (acted ? 'acted' : 'not acted'))],
    ['utterances', when(data.utterances, integer)],
    ['length', when(data.seconds, length)],
    ['speakers', when(data.speakers, integer)],
  ]);
}

export function protocolRows(protocol: CardProtocol = {}): Row[] {
  return known([
    ['split', when(protocol.split, markdown)],
    ['test speakers', listed(protocol.testSpeakers)],
    ['validation', when(protocol.validation, markdown)],
    ['seed', when(protocol.seed, String)],
    ['features', when(protocol.features, markdown)],
    ['feature normalisation', when(protocol.normalisation, markdown)],
  ]);
}

export function trainingRows(training: CardTraining = {}): Row[] {
  return known([
    ['optimiser', when(training.optimizer, optimizerText)],
    ['learning rate', when(training.learningRate, compact)],
    ['batch size', when(training.batch, integer)],
    ['epochs', when(training.epochs, integer)],
    ['best epoch', when(training.bestEpoch, integer)],
    ['validation accuracy', when(training.validationAccuracy, decimals)],
    ...Object.entries(training.validationNumbers ?? {}).flatMap(([task, { ccc, rmse }]) => [
      [`validation CCC, ${markdown(task)}`, decimals(ccc)] as const,
      [`validation RMSE, ${markdown(task)}`, decimals(rmse)] as const,
    ]),
    ['adapter', when(training.adapter, markdown)],
    ['driver', when(training.driver, markdown)],
    ['alstm', when(training.version, markdown)],
  ]);
}

function optimizerText({ name, ...settings }: OptimizerConfig): string {
  const values = Object.entries(settings).map(([key, x]) => `${markdown(key)} ${compact(x)}`);
  return `${name} (${values.join(', ')})`;
}

function length(seconds: number): string {
  return seconds >= 3600 ? `${(seconds / 3600).toFixed(1)} hours` : duration(seconds);
}

function listed(values: readonly string[] | undefined): string | undefined {
  return when(values, (names) => names.map(markdown).join(', '));
}

function when<T>(value: T | undefined, text: (value: T) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}

/** Without unknown or empty rows. */
function known(rows: readonly (readonly [string, string | undefined])[]): Row[] {
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
