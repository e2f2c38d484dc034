import type { ReportSettings } from '../../experiments/protocol.js';
import type { Cli } from '../cli.js';
import { readPrior } from './prior.js';
import type { ReportFlags } from '../options/report.js';

/** @throws like readPrior */
export async function reportSettings(
  cli: Cli,
  { combine, prior }: ReportFlags,
): Promise<ReportSettings> {
  return {
    ...(combine && { combine }),
    ...(prior !== undefined && { prior: await readPrior(cli, prior) }),
  };
}
