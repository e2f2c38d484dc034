import { activeBindings } from '../kernels/descriptor.js';
import { placeOf } from './memory.js';
import type { DispatchPass, Program, Quantity, Tensor } from './types.js';
import { uniformsAt } from './validate.js';

/** Bytes in the most readable unit. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

function quantityText(quantity: Quantity): string {
  if (typeof quantity === 'object') return quantity.label;
  return String(quantity);
}

function dispatchText(pass: DispatchPass, program: Program): string {
  const uniforms = uniformsAt(pass, program.capacity);
  const groups = pass.kernel.workgroups(uniforms, pass.constants, pass.defines).join(' x ');
  const lists = { read: [] as string[], read_write: [] as string[] };
  for (const { name, descriptor } of activeBindings(pass.kernel, pass.defines)) {
    const tensor = pass.bindings[name] as Tensor;
    const mark = { overwrites: '', accumulates: ' +=', updates: ' *' }[
      descriptor.effect ?? 'overwrites'
    ];
    lists[descriptor.access].push(descriptor.access === 'read' ? tensor.name : tensor.name + mark);
  }
  const values = Object.entries(pass.uniforms).map(([k, v]) => `${k}=${quantityText(v)}`);
  return (
    `${pass.kernel.name} <${groups}>\n` +
    `       reads  ${lists.read.join(', ')}\n` +
    `       writes ${lists.read_write.join(', ')}\n` +
    `       with   ${values.join(' ')}`
  );
}

/** The whole program as text: every pass, tensor and buffer, and the bytes with and without reuse. */
export function printProgram(program: Program): string {
  const lines = [`graph ${program.name}`, '', 'capacity'];
  for (const [name, value] of Object.entries(program.capacity)) lines.push(`  ${name} = ${value}`);
  lines.push('', 'passes (workgroups at capacity; += accumulates, * updates in place)');
  program.passes.forEach((pass, index) => {
    const text = pass.kind === 'clear' ? `clears ${pass.tensor.name}` : dispatchText(pass, program);
    lines.push(`  ${String(index).padStart(3)}  ${pass.name}: ${text}`);
  });
  lines.push('', 'tensors (passes they live in, and their buffer)');
  for (const tensor of program.tensors.values()) {
    if (!program.places.has(tensor.name)) continue;
    const place = placeOf(program, tensor);
    const life = tensor.kind === 'transient' ? `passes ${place.first}-${place.last}` : tensor.kind;
    lines.push(
      `  ${tensor.name.padEnd(36)} ${tensor.dtype} [${tensor.shape.join(', ')}]  ${life}  ` +
        `${formatBytes(place.bytes)}  in ${program.buffers[place.buffer]?.name ?? ''}`,
    );
  }
  lines.push('', 'buffers');
  for (const buffer of program.buffers) {
    lines.push(
      `  ${buffer.name.padEnd(36)} ${formatBytes(buffer.bytes).padStart(10)}  ${buffer.tensors.length} tensors`,
    );
  }
  lines.push(
    '',
    `${formatBytes(program.bytes)} (${program.bytes} bytes) with reuse, ` +
      `${formatBytes(program.bytesWithoutReuse)} (${program.bytesWithoutReuse} bytes) without`,
  );
  return lines.join('\n');
}

/** The same as data, for `graph --json`. */
export function programToJson(program: Program): unknown {
  return {
    name: program.name,
    capacity: program.capacity,
    passes: program.passes.map((pass) =>
      pass.kind === 'clear'
        ? { name: pass.name, clear: pass.tensor.name }
        : {
            name: pass.name,
            kernel: pass.kernel.name,
            defines: pass.defines,
            constants: pass.constants,
            bindings: Object.fromEntries(
              Object.entries(pass.bindings).map(([k, t]) => [k, t.name]),
            ),
            uniforms: Object.fromEntries(
              Object.entries(pass.uniforms).map(([k, q]) => [k, quantityText(q)]),
            ),
            workgroups: pass.kernel.workgroups(
              uniformsAt(pass, program.capacity),
              pass.constants,
              pass.defines,
            ),
          },
    ),
    tensors: [...program.places].map(([name, place]) => ({
      name,
      shape: program.tensors.get(name)?.shape,
      ...place,
      buffer: program.buffers[place.buffer]?.name,
    })),
    buffers: program.buffers,
    bytes: program.bytes,
    bytesWithoutReuse: program.bytesWithoutReuse,
  };
}
