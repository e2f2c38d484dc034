import { AdapterError } from '../../core/errors.js';
import { type CheckResult, doctorReport, type DoctorReport } from '../../gpu/doctor.js';
import type { Fact } from '../../gpu/doctor-numbers.js';
import { formatBytes } from '../../graph/print.js';
import type { Cli } from '../cli.js';

export async function doctor(cli: Cli): Promise<void> {
  const report = await reportOf(cli);
  cli.result(report, () => textOf(report));
  if (!report.ok) cli.exitCode = 1;
}

async function reportOf(cli: Cli): Promise<DoctorReport> {
  try {
    return await doctorReport((await cli.engine()).gpu);
  } catch (error) {
    // A script that asks for JSON needs this too.
    if (cli.json && error instanceof AdapterError) {
      cli.printJson({ ok: false, error: error.message, hint: error.hint });
    }
    throw error;
  }
}

function textOf(report: DoctorReport): string[] {
  const { adapter, features, subgroupSize, limits, checks, facts: open, ok } = report;
  const { min, max } = subgroupSize;
  const facts = [
    ['adapter', adapter.name],
    ['kind', `${adapter.kind}${adapter.software ? ', on the CPU' : ''}`],
    ['vendor', [adapter.vendor, adapter.architecture].filter((part) => part !== '').join(' ')],
    ['driver', adapter.driver],
    ['features', features.join(', ') || 'none'],
    ['subgroup size', max === 0 ? 'unknown' : min === max ? String(max) : `${min} to ${max}`],
  ] as const;
  return [
    ...facts.map(([name, value]) => `${name.padEnd(14)} ${value || 'unknown'}`),
    '',
    'limits',
    ...Object.entries(limits).map(
      ([name, value]) => `  ${name.padEnd(42)} ${limitText(name, value)}`,
    ),
    '',
    'checks (relative error)',
    ...checks.map(checkText),
    '',
    'where WGSL and WebGPU leave the result open',
    ...open.map(factText),
    '',
    ok
      ? 'Its results are correct.'
      : 'Its results are wrong: update its driver or choose another adapter.',
  ];
}

function limitText(name: string, value: number): string {
  const inBytes = /BufferSize$|BindingSize$|StorageSize$/.test(name);
  return inBytes ? `${value} (${formatBytes(value)})` : String(value);
}

function checkText({ name, ok, error, tolerance, milliseconds, failure }: CheckResult): string {
  const found = failure ?? `${error.toExponential(1)} of at most ${tolerance.toExponential(0)}`;
  return `  ${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(26)} ${found}, ${milliseconds.toFixed(0)} ms`;
}

function factText({ expression, result, fact }: Fact): string {
  return `  ${expression.padEnd(22)} ${result.padEnd(10)} ${fact}`;
}
