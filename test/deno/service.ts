// Runs in Deno: takes requests from stdin, a line each, and answers on stdout.
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import {
  isNetworkFixture,
  openBrowserEngine,
  readSafetensors,
  verifyExtraction,
  verifyNetworkFixture,
} from 'alstm/browser';
import type { Answer, CompileJob, Request } from './messages.ts';

const engine = await openBrowserEngine();
const say = (answer: Answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const { adapter, features } = engine.gpu;
say({ adapter, features: [...features] });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  try {
    if ('fixture' in request) {
      const file = readSafetensors(await readFile(request.fixture), { source: request.fixture });
      const compared = isNetworkFixture(file)
        ? await verifyNetworkFixture(engine, file, request.fixture)
        : [await verifyExtraction(engine, file, request.fixture)];
      say({ compared });
    } else {
      for (const job of request.compile) {
        say({ begun: job.name });
        const problem = await compile(engine.gpu.device, job);
        if (problem !== undefined) say({ refused: job.name, problem });
      }
      say({ compiled: request.compile.length });
    }
  } catch (error) {
    say({ failure: String(error) });
  }
}
engine.close();

/** Why a shader is not valid; undefined where nothing is wrong with it. */
async function compile(device: GPUDevice, job: CompileJob): Promise<string | undefined> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: job.code });
  if (job.entries !== undefined) {
    const layout = device.createBindGroupLayout({ entries: job.entries });
    device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main', constants: job.constants },
    });
  }
  return (await device.popErrorScope())?.message;
}
