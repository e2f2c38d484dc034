import { Option } from 'commander';
import { paths } from './values.js';

export function withOption(): Option {
  return new Option(
    '--with <model>',
    'also ask this model, and average the answers; same labels and features; may be repeated',
  ).argParser(paths);
}
