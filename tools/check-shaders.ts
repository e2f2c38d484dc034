/**
 * Checks every shader against its descriptor: the declarations in a kernel's WGSL (bindings, uniforms,
 * override constants) are reflected and compared, shared vectors must be written as a whole, and each variant is
 * compiled on an adapter.
 * `npm run check:shaders` runs it.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import {
  WgslReflect,
  type ArrayInfo,
  type StructInfo,
  type TypeInfo,
  type VariableInfo,
} from 'wgsl_reflect/wgsl_reflect.module.js';
import { cells, cellTraits, stateCount } from '../src/core/cells.js';
import { messageOf } from '../src/core/errors.js';
import type { Engine } from '../src/gpu/engine.js';
import {
  activeBindings,
  uniformBinding,
  wgslType,
  type Defines,
  type KernelDescriptor,
} from '../src/kernels/descriptor.js';
import { assembleShader, type ShaderSource } from '../src/kernels/shader.js';
import { SHADER_FOLDER } from '../src/platform/node/engine.js';
import { coveringPairs } from './covering-pairs.js';
import { persistentRows } from './persistent-rows.js';
import { partialWrites } from './shared-vectors.js';

/** A difference between a shader and its descriptor, or something that the adapter refuses. */
export interface Disagreement {
  /** `shaders/FOLDER/NAME.wgsl`. */
  readonly file: string;
  /** From 1; 0 if the shader does not declare it at all. */
  readonly line: number;
  readonly problem: string;
}

type Report = (declaration: RegExp, problem: string) => void;

/** Settings of a shader that exclude each other. */
const senseless: readonly Defines[] = [
  // attention needs a combination, a mean is one without attention
  { COMBINE: 0, ATTEND: 1 },
  { COMBINE: 0, MEAN: 1 },
  { ATTEND: 1, MEAN: 1 },
  { COMBINE: 1, ATTEND: 0, MEAN: 0 },
  // both exchange words
  { EXCHANGE: 0, COOPERATIVE: 1 },
  { EXCHANGE: 0, ATTEND: 1 },
  // a layer has bias and dropout; the gradient of its input is gated by its output
  { BIAS: 1, GATED: 1 },
  { DROPOUT: 1, GATED: 1 },
];

/** The kinds of cells: their files, and what else follows from them. */
const cellKinds: readonly Defines[] = cells
  .map((cell) => ({ CELL: cellTraits(cell).wgsl, KINDS: stateCount(cell) }))
  .filter(({ CELL }, i, all) => all.findIndex((own) => own.CELL === CELL) === i);
const cellFiles = cellKinds.map(({ CELL }) => String(CELL));

/** A choice of a value. */
const oneOf = (name: string, ...values: readonly number[]): readonly Defines[] =>
  values.map((value) => ({ [name]: value }));

const depths = oneOf('DEPTH', 1, 4);

/** What defines that are neither switches nor scalar types may be, by kernel. */
const choices: Readonly<Record<string, readonly (readonly Defines[])[]>> = {
  matmul_tiled: [oneOf('MICRO', 4, 8)],
  matmul_tn_tiled: [oneOf('MICRO', 4, 8)],
  recurrence_forward: [cellKinds, persistentRows, oneOf('BLOCK', 1, 2)],
  recurrence_backward: [cellKinds, persistentRows, oneOf('BLOCK', 1, 4), depths],
  recurrence_slice_forward: [cellKinds],
  recurrence_slice_backward: [cellKinds],
};

/**
 * Every valid setting of the `#if` switches and choices of a kernel's shader and its includes,
 * all in f32, then, if possible, in f16; other defines have their defaults.
 */
export function shaderVariants(kernel: KernelDescriptor, source: ShaderSource): Defines[] {
  const known: Defines = kernel.defines ?? {};
  const settings = new Map<string, readonly Defines[]>();
  for (const path of filesOf(kernel.name, source)) {
    for (const [, name = ''] of source(path).matchAll(/#(?:el)?if \$\{(\w+)\}(?! ==)/g)) {
      settings.set(name, oneOf(name, 0, 1));
    }
  }
  const reals = Object.keys(known).filter((name) => known[name] === 'f32');
  const halves = Object.fromEntries(reals.map((name) => [name, 'f16']));
  let variants: Defines[] = [known, ...(reals.length > 0 ? [{ ...known, ...halves }] : [])];
  for (const choice of [...settings.values(), ...(choices[kernel.name] ?? [])]) {
    variants = variants.flatMap((defines) => choice.map((own) => ({ ...defines, ...own })));
  }
  const isSenseless = (defines: Defines): boolean =>
    senseless.some((combination) =>
      Object.entries(combination).every(([name, on]) => defines[name] === on),
    );
  return variants.filter((defines) => !isSenseless(defines));
}

/** Whether a device has the features that a variant needs. */
function canCompile(device: GPUDevice, { feature }: KernelDescriptor, defines: Defines): boolean {
  if (feature !== undefined && !device.features.has(feature)) return false;
  return device.features.has('shader-f16') || !Object.values(defines).includes('f16');
}

/** Differences between a kernel's shader and its descriptor, over all variants. */
export function checkDescriptor(kernel: KernelDescriptor, source: ShaderSource): Disagreement[] {
  const found = new Map<string, Disagreement>();
  const compared = new Set<string>();
  for (const defines of shaderVariants(kernel, source)) {
    const report: Report = (declaration, problem) => {
      const place = find(kernel, source, declaration);
      found.set(`${place.file}:${place.line} ${problem}`, { ...place, problem });
    };
    const lines = assembleShader(kernel, defines, placed(source)).split('\n');
    for (const { line, problem } of partialWrites(lines.join('\n'))) {
      const place = placeOf(lines[line - 1] ?? '');
      found.set(`${place.file}:${place.line} partial write`, { ...place, problem });
    }
    const code = assembleShader(kernel, defines, source);
    const both = `${declarations(code)} ${described(kernel, defines)}`;
    if (compared.has(both)) continue;
    compared.add(both);
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

/** The lines of a shader that are compared with its descriptor: most variants have the same. */
function declarations(code: string): string {
  const uniforms = /struct Uniforms \{[^}]*\}/.exec(code)?.[0] ?? '';
  return [uniforms, ...(code.match(/^.*(?:@group|\boverride\b).*$/gm) ?? [])].join('\n');
}

/** The bindings of a kernel's descriptor under these switches, as text. */
function described(kernel: KernelDescriptor, defines: Defines): string {
  return activeBindings(kernel, defines)
    .map(({ name, descriptor }) => `${name}: ${wgslType(descriptor.type, defines)}`)
    .join();
}

/**
 * Compiles every variant of a kernel that the device has the features for, and creates pipelines for
 * enough of them to cover each pair of settings (some take drivers seconds). Returns what is refused.
 */
export async function checkCompilation(
  engine: Engine,
  kernel: KernelDescriptor,
  source: ShaderSource,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const { device } = engine.gpu;
  const variants = shaderVariants(kernel, source).filter((defines) =>
    canCompile(device, kernel, defines),
  );
  const tried = coveringPairs(variants);
  for (const defines of variants) {
    const code = assembleShader(kernel, defines, placed(source));
    const errors = await compilationErrors(device, code);
    found.push(
      ...errors.map(({ line, message }) => ({
        ...placeOf(code.split('\n')[line - 1] ?? ''),
        problem: `${message} (with ${JSON.stringify(defines)})`,
      })),
    );
    if (errors.length > 0 || !tried.has(defines)) continue;
    try {
      await engine.pipelines.get(kernel, defines);
    } catch (error) {
      found.push({ ...find(kernel, source, /^@compute/), problem: messageOf(error) });
    }
  }
  return found;
}

/** All shaders, as paths below `folder` with `/`. */
function shaderFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.wgsl'))
    .sort();
}

/** Files of shaders/ without a descriptor, and descriptors without a file. */
export function checkFiles(folder: string, kernels: readonly KernelDescriptor[]): Disagreement[] {
  const files = shaderFiles(folder);
  const own = files.filter((file) => !/(^|\/)common\//.test(file));
  const names = [...kernels.map(({ name }) => name), ...cellFiles].map((stem) => `${stem}.wgsl`);
  const stems = files.map((file) => basename(file));
  const report = (file: string, problem: string): Disagreement => ({
    file: `shaders/${file}`,
    line: 0,
    problem,
  });
  return [
    ...own.filter((f) => !names.includes(basename(f))).map((f) => report(f, 'has no descriptor')),
    ...names.filter((f) => !stems.includes(f)).map((f) => report(f, 'there is no such file')),
    ...names
      .filter((f, i) => names.indexOf(f) !== i)
      .map((f) => report(f, 'has several descriptors')),
    ...files
      .filter((f, i) => stems.indexOf(basename(f)) !== i)
      .map((f) => report(f, 'has the same name as another')),
  ];
}

/** `file:line: problem`, in compiler style. */
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
    const said = wgslType(descriptor.type, defines);
    if (type !== said) report(at, `'${name}' holds ${type}, the descriptor says ${said}`);
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

/**
 * Every override must be in the descriptor, with a plain number as default. Formulas over overrides
 * must be written where they are used, in a function or an array's size: naga (Firefox, Deno) crashes on
 * modules with two such overrides between arrays sized by overrides.
 */
function checkConstants(kernel: KernelDescriptor, code: string, report: Report): void {
  const missing = new Set(Object.keys(kernel.constants));
  const text = code.replace(/\/\/.*/g, '');
  for (const [, name = '', given] of text.matchAll(/\boverride\s+(\w+)[^=;]*(?:=([^;]*))?;/g)) {
    missing.delete(name);
    const formula = given?.trim() ?? '';
    const wanted = kernel.constants[name];
    const at = overrideLine(name);
    if (/(?<![\w.])[a-z_]/i.test(formula)) {
      report(at, `override '${name}' is derived (${formula}): write it where it is used`);
    } else if (wanted === undefined) {
      report(at, `override '${name}' is not in the descriptor`);
    } else if (formula !== '' && Number.parseFloat(formula) !== wanted) {
      report(at, `override '${name}' is ${formula}, the descriptor says ${wanted}`);
    }
  }
  for (const name of missing) {
    report(/^/, `override '${name}' of the descriptor is not declared`);
  }
}

function elementType({ type }: VariableInfo): string {
  return typeName(type.isArray ? (type as ArrayInfo).format : type);
}

/** `vec4<f32>` also for the reflector's `vec4f`. */
function typeName(type: TypeInfo | undefined): string {
  const name = type?.getTypeName() ?? 'nothing';
  const short = /^(vec[234])([fiuh])$/.exec(name);
  if (!short) return name;
  return `${short[1]}<${short[2] === 'h' ? 'f16' : `${short[2]}32`}>`;
}

/**
 * The reflection of the code's declarations, or the reflector's error if it cannot parse it.
 * Functions are removed: the reflector does not know everything in them, nor experimental types.
 */
function reflect(code: string): WgslReflect | string {
  const declarations = code.replace(/^(?:@compute.*\n)?fn (?:.*\}$|[^]*?^\}$)|^alias .*$/gm, '');
  try {
    return new WgslReflect(declarations);
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
  await device.popErrorScope(); // the messages below are more detailed
  const { messages } = await module.getCompilationInfo();
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, message }) => ({ line: lineNum, message }));
}

function bindingLine(name: string): RegExp {
  return new RegExp(`^@group.*\\bvar<[^>]*>\\s*${name}\\s*:`);
}

function overrideLine(name: string): RegExp {
  return new RegExp(`\\boverride\\s+${name}\\b`);
}

/** With a comment behind every line that says where it stands: it goes where the line goes. */
function placed(source: ShaderSource): ShaderSource {
  return (stem) =>
    source(stem)
      .split('\n')
      .map((line, i) => `${line} //@${stem}:${i + 1}`)
      .join('\n');
}

/** What that comment says. */
function placeOf(line: string): Pick<Disagreement, 'file' | 'line'> {
  const [, stem = '', number = 0] = /\/\/@(\w+):(\d+)/.exec(line) ?? [];
  return { file: pathOf(stem), line: Number(number) };
}

/** A shader's own file and those that it takes in or may take in, these with theirs. */
function filesOf(stem: string, source: ShaderSource): string[] {
  const included = [...source(stem).matchAll(/\$\{([a-z]\w*)\}/g)];
  const named = included.map(([, name = '']) => name);
  if (source(stem).includes('#include ${CELL}')) named.push(...cellFiles);
  const files = named.flatMap((name) => filesOf(name, source));
  return [...new Set([stem, ...files])];
}

/** The first matching line, in the kernel's own file or in the common ones that it includes. */
function find(
  kernel: KernelDescriptor,
  source: ShaderSource,
  wanted: RegExp,
): Pick<Disagreement, 'file' | 'line'> {
  for (const stem of filesOf(kernel.name, source)) {
    const line = source(stem)
      .split('\n')
      .findIndex((candidate) => wanted.test(candidate));
    if (line >= 0) return { file: pathOf(stem), line: line + 1 };
  }
  return { file: pathOf(kernel.name), line: 0 };
}

function pathOf(stem: string): string {
  const found = shaderFiles(SHADER_FOLDER).find((file) => basename(file) === `${stem}.wgsl`);
  return `shaders/${found ?? `${stem}.wgsl`}`;
}
