/**
 * Holds every shader against its descriptor: what a kernel's WGSL declares (bindings, uniforms,
 * override constants) is reflected and compared, and each variant is compiled on an adapter.
 * `npm run check:shaders` runs it.
 */
import { readdirSync } from 'node:fs';
import {
  WgslReflect,
  type ArrayInfo,
  type StructInfo,
  type TypeInfo,
  type VariableInfo,
} from 'wgsl_reflect/wgsl_reflect.module.js';
import { messageOf } from '../src/core/errors.js';
import type { Engine } from '../src/gpu/engine.js';
import {
  activeBindings,
  uniformBinding,
  type Defines,
  type KernelDescriptor,
} from '../src/kernels/descriptor.js';
import { assembleShader, type ShaderSource } from '../src/kernels/shader.js';

/** One thing on which a shader and its descriptor differ, or that the adapter refuses. */
export interface Disagreement {
  /** `shaders/NAME.wgsl`. */
  readonly file: string;
  /** From 1; 0 where the shader lacks the thing altogether. */
  readonly line: number;
  readonly problem: string;
}

type Report = (declaration: RegExp, problem: string) => void;

/** Switches of a shader that make no sense together: attention weighs what a combination takes. */
const senseless: readonly Defines[] = [{ COMBINE: 0, ATTEND: 1 }];

/** Every sensible setting of the `#if` switches of a kernel's shader, other defines at their defaults. */
export function shaderVariants(kernel: KernelDescriptor, source: ShaderSource): Defines[] {
  const text = source(kernel.name);
  const switches = new Set(
    [...text.matchAll(/#(?:el)?if \$\{(\w+)\}/g)].map(([, name = '']) => name),
  );
  let variants: Defines[] = [{ ...kernel.defines }];
  for (const name of switches) {
    variants = variants.flatMap((defines) => [0, 1].map((on) => ({ ...defines, [name]: on })));
  }
  const isSenseless = (defines: Defines): boolean =>
    senseless.some((combination) =>
      Object.entries(combination).every(([name, on]) => defines[name] === on),
    );
  return variants.filter((defines) => !isSenseless(defines));
}

/** What a kernel's shader declares otherwise than its descriptor says, over all variants. */
export function checkDescriptor(kernel: KernelDescriptor, source: ShaderSource): Disagreement[] {
  const found = new Map<string, Disagreement>();
  for (const defines of shaderVariants(kernel, source)) {
    const report: Report = (declaration, problem) => {
      const place = find(kernel, source, declaration);
      found.set(`${place.file}:${place.line} ${problem}`, { ...place, problem });
    };
    const code = assembleShader(kernel, defines, source);
    const reflected = reflect(code);
    if (typeof reflected === 'string') report(/^/, reflected);
    else {
      checkBindings(kernel, defines, reflected, report);
      checkUniforms(kernel, reflected, report);
      checkConstants(kernel, code, report);
    }
  }
  return [...found.values()];
}

/** Compiles every variant of a kernel; what the adapter refuses. */
export async function checkCompilation(
  engine: Engine,
  kernel: KernelDescriptor,
  source: ShaderSource,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for (const defines of shaderVariants(kernel, source)) {
    const code = assembleShader(kernel, defines, source);
    const errors = await compilationErrors(engine.gpu.device, code);
    found.push(
      ...errors.map(({ line, message }) => ({
        ...find(kernel, source, exactly(code.split('\n')[line - 1] ?? '')),
        problem: `${message} (with ${JSON.stringify(defines)})`,
      })),
    );
    if (errors.length > 0) continue;
    try {
      await engine.pipelines.get(kernel, defines);
    } catch (error) {
      found.push({ ...find(kernel, source, /^@compute/), problem: messageOf(error) });
    }
  }
  return found;
}

/** Files of shaders/ that no descriptor names, and descriptors without a file. */
export function checkFiles(folder: string, kernels: readonly KernelDescriptor[]): Disagreement[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.wgsl'));
  const names = kernels.map(({ name }) => `${name}.wgsl`);
  const report = (file: string, problem: string): Disagreement => ({
    file: `shaders/${file}`,
    line: 0,
    problem,
  });
  return [
    ...files.filter((f) => !names.includes(f)).map((f) => report(f, 'has no descriptor')),
    ...names.filter((f) => !files.includes(f)).map((f) => report(f, 'there is no such file')),
    ...names
      .filter((f, i) => names.indexOf(f) !== i)
      .map((f) => report(f, 'has several descriptors')),
  ];
}

/** `file:line: problem`, as compilers write it. */
export function formatDisagreement({ file, line, problem }: Disagreement): string {
  return `${file}:${line}: ${problem}`;
}

function checkBindings(
  kernel: KernelDescriptor,
  defines: Defines,
  reflected: WgslReflect,
  report: Report,
): void {
  const declared = new Map(reflected.storage.map((variable) => [variable.name, variable]));
  for (const { name, index, descriptor } of activeBindings(kernel, defines)) {
    const variable = declared.get(name);
    declared.delete(name);
    const at = bindingLine(name);
    if (!variable) {
      report(at, `binding '${name}' of the descriptor is not declared`);
      continue;
    }
    const { group, binding, access } = variable;
    if (group !== 0 || binding !== index) {
      report(
        at,
        `'${name}' is at group ${group}, binding ${binding}, the descriptor's at 0, ${index}`,
      );
    }
    if (access !== descriptor.access) {
      report(at, `'${name}' is ${access}, the descriptor says ${descriptor.access}`);
    }
    const type = elementType(variable);
    if (type !== descriptor.type) {
      report(at, `'${name}' holds ${type}, the descriptor says ${descriptor.type}`);
    }
  }
  for (const name of declared.keys()) {
    report(bindingLine(name), `binding '${name}' is not in the descriptor under these switches`);
  }
}

function checkUniforms(kernel: KernelDescriptor, reflected: WgslReflect, report: Report): void {
  const [uniform, ...more] = reflected.uniforms;
  for (const { name } of more) report(bindingLine(name), `a second uniform binding '${name}'`);
  if (!uniform) {
    report(/^/, 'the shader has no uniform binding');
    return;
  }
  const index = uniformBinding(kernel);
  if (uniform.group !== 0 || uniform.binding !== index) {
    const place = `group ${uniform.group}, binding ${uniform.binding}`;
    report(
      bindingLine(uniform.name),
      `the uniforms are at ${place}, the descriptor's at 0, ${index}`,
    );
  }
  const fields = (uniform.type as StructInfo).members ?? [];
  const wanted = Object.entries(kernel.uniforms);
  for (let i = 0; i < Math.max(fields.length, wanted.length); i++) {
    const field = fields[i] && `${fields[i]?.name}: ${typeName(fields[i]?.type)}`;
    const want = wanted[i]?.join(': ');
    if (field === want) continue;
    const at = new RegExp(`^\\s*${fields[i]?.name ?? 'struct Uniforms'}\\b`);
    report(at, `uniform field ${i} is ${field ?? 'absent'}, the descriptor says ${want ?? 'none'}`);
  }
}

/** Overrides whose value is an expression of others are the shader's own business. */
function checkConstants(kernel: KernelDescriptor, code: string, report: Report): void {
  const declared = new Map(
    [...code.matchAll(/^override (\w+)[^=;\n]*(?:= *([^;]*))?;/gm)].map(([, name = '', value]) => [
      name,
      value,
    ]),
  );
  for (const [name, value] of Object.entries(kernel.constants)) {
    const given = declared.get(name);
    if (!declared.has(name)) report(/^/, `override '${name}' of the descriptor is not declared`);
    else if (given !== undefined && Number.parseFloat(given) !== value) {
      report(overrideLine(name), `override '${name}' is ${given}, the descriptor says ${value}`);
    }
    declared.delete(name);
  }
  for (const [name, value] of declared) {
    if (value !== undefined && !/^[\d.]+[uif]?$/.test(value.trim())) continue;
    report(overrideLine(name), `override '${name}' is not in the descriptor`);
  }
}

function elementType({ type }: VariableInfo): string {
  return typeName(type.isArray ? (type as ArrayInfo).format : type);
}

/** `vec4<f32>` also for what is written `vec4f`. */
function typeName(type: TypeInfo | undefined): string {
  const name = type?.getTypeName() ?? 'nothing';
  const short = /^(vec[234])([fiu])$/.exec(name);
  return short ? `${short[1]}<${short[2]}32>` : name;
}

/** The reflection, or what the reflector says of code that it cannot read. */
function reflect(code: string): WgslReflect | string {
  try {
    return new WgslReflect(code);
  } catch (error) {
    return `cannot be reflected: ${messageOf(error)}`;
  }
}

async function compilationErrors(
  device: GPUDevice,
  code: string,
): Promise<{ line: number; message: string }[]> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  await device.popErrorScope(); // the messages below say more
  const { messages } = await module.getCompilationInfo();
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, message }) => ({ line: lineNum, message }));
}

function bindingLine(name: string): RegExp {
  return new RegExp(`^@group.*\\bvar<[^>]*>\\s*${name}\\s*:`);
}

function overrideLine(name: string): RegExp {
  return new RegExp(`^override ${name}\\b`);
}

function exactly(line: string): RegExp {
  return new RegExp(`^${line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
}

/** The first line that fits, in the kernel's own file or in what it takes in from shaders/common. */
function find(
  kernel: KernelDescriptor,
  source: ShaderSource,
  wanted: RegExp,
): Pick<Disagreement, 'file' | 'line'> {
  const text = source(kernel.name);
  const included = [...text.matchAll(/\$\{([a-z]\w*)\}/g)].map(([, name]) => `common/${name}`);
  for (const path of [kernel.name, ...included]) {
    const line = source(path)
      .split('\n')
      .findIndex((candidate) => wanted.test(candidate));
    if (line >= 0) return { file: `shaders/${path}.wgsl`, line: line + 1 };
  }
  return { file: `shaders/${kernel.name}.wgsl`, line: 0 };
}
