/**
 * A product kernel of any project, from a WGSL file that is not part of this repository (or the first
 * template literal of a .ts or .js file). What it binds and how it is dispatched is told by options:
 *
 *     --file FILE --bindings a,b,c,sizes   group 0's bindings from 0 on; `sizes` as --sizes says
 *     --sizes u32:m,k,n                    numbers of one type; each m, n, k or a number, `/4` divides
 *     --workgroups n/128,m/128             dispatched: x,y[,z], rounded up
 *     [--entry main]
 */
import { readFile } from 'node:fs/promises';
import { provideWebGpu } from '../webgpu.mjs';
import { operands } from './operands.mjs';

export async function openProduct({ m, n, k, adapter, values }) {
  for (const name of ['file', 'bindings', 'workgroups']) {
    if (values[name] === undefined) throw new Error(`--peer wgsl wants --${name} too`);
  }
  const numberOf = (text) => {
    const match = /^(m|n|k|\d+)(?:\/(\d+))?$/.exec(text);
    if (match === null)
      throw new Error(`${text}: want m, n, k or a number, with /number or without`);
    return Math.ceil(({ m, n, k }[match[1]] ?? Number(match[1])) / Number(match[2] ?? 1));
  };
  const found = await provideWebGpu(adapter);
  const gpuAdapter = await globalThis.navigator.gpu.requestAdapter();
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = gpuAdapter.limits;
  const requiredLimits = { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX };
  const device = await gpuAdapter.requestDevice({ requiredLimits });
  const { GPUBufferUsage: usage, GPUMapMode } = globalThis;

  const bufferOf = (data, kind) => {
    const size = Math.max(16, data.byteLength);
    const buffer = device.createBuffer({ size, usage: kind | usage.COPY_SRC | usage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const code = await shaderOf(values.file);
  const module = device.createShaderModule({ code });
  const compute = { module, entryPoint: values.entry ?? 'main' };
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute });
  const data = operands({ m, n, k });
  const buffers = {
    a: bufferOf(data.a, usage.STORAGE),
    b: bufferOf(data.b, usage.STORAGE),
    c: bufferOf(new Float32Array(m * n), usage.STORAGE),
  };
  if (values.sizes !== undefined) {
    const [type, list] = values.sizes.split(':');
    const numbers = (list ?? '').split(',').map(numberOf);
    const TypedArray = type === 'f32' ? Float32Array : Uint32Array;
    buffers.sizes = bufferOf(TypedArray.from(numbers), usage.STORAGE | usage.UNIFORM);
  }
  const entries = values.bindings.split(',').map((name, binding) => {
    if (buffers[name] === undefined) throw new Error(`--bindings ${name}: want a, b, c or sizes`);
    return { binding, resource: { buffer: buffers[name] } };
  });
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const workgroups = values.workgroups.split(',').map(numberOf);
  const target = device.createBuffer({ size: 4 * m * n, usage: usage.MAP_READ | usage.COPY_DST });

  const run = async (steps, bytes = 4) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < steps; i++) pass.dispatchWorkgroups(...workgroups);
    pass.end();
    encoder.copyBufferToBuffer(buffers.c, 0, target, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await target.mapAsync(GPUMapMode.READ, 0, bytes);
    const copy = new Float32Array(target.getMappedRange(0, bytes).slice(0));
    target.unmap();
    return copy;
  };
  return { run, read: () => run(1, 4 * m * n), version: values.file.split('/').at(-1), found };
}

/** @param {string} file */
async function shaderOf(file) {
  const text = await readFile(file, 'utf8');
  if (!/\.[jt]s$/.test(file)) return text;
  const literal = /`([^`]*)`/.exec(text)?.[1];
  if (literal === undefined) throw new Error(`${file} holds no template literal`);
  return literal;
}
