/**
 * Finds writes to a part of a vector or matrix in memory that lanes share. WGSL lets a write to a component touch all
 * of the vector, so that lanes which write neighbouring components undo each other's writes.
 */

/** One of them. */
export interface PartialWrite {
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

type Types = ReadonlyMap<string, string>;

const sharedVariable =
  /\bvar<\s*(?:workgroup|storage\s*,\s*read_write)\s*>\s*(\w+)\s*:\s*([^;]+);/g;
const assignment = /^\s*(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)/;

/** Also where a pointer to such a vector is taken, since what is written through it is not followed. */
export function partialWrites(code: string): PartialWrite[] {
  const text = code.replace(/\/\/.*/g, (comment) => ' '.repeat(comment.length));
  const aliases: Types = new Map(
    [...text.matchAll(/\balias\s+(\w+)\s*=\s*([^;]+);/g)].map(([, name = '', type = '']) => [
      name,
      type,
    ]),
  );
  const structs = new Map(
    [...text.matchAll(/\bstruct\s+(\w+)\s*\{([^}]*)\}/g)].map(([, name = '', body = '']) => [
      name,
      members(body),
    ]),
  );
  const found: PartialWrite[] = [];
  for (const [declaration, name = '', type = ''] of text.matchAll(sharedVariable)) {
    const declared = text.indexOf(declaration) + declaration.indexOf(name);
    for (const { index } of text.matchAll(new RegExp(`(?<![\\w.])${name}(?!\\w)`, 'g'))) {
      if (index === declared) continue;
      const steps = stepsAfter(text, index + name.length);
      const path = steps.join('');
      const left = leftOf(type, steps, aliases, structs);
      const line = text.slice(0, index).split('\n').length;
      const rest = text.slice(index + name.length + path.length);
      if (left === 'part' && assignment.test(rest)) {
        found.push({ line, problem: `${name}${path} is a part of a vector that lanes share` });
      } else if (left !== 'whole' && taken(text.slice(0, index))) {
        found.push({ line, problem: `a pointer to ${name}${path}, a vector that lanes share` });
      }
    }
  }
  return found;
}

/** Whether a pointer is taken here. Matrices are loaded and stored whole, by all lanes of a subgroup together. */
function taken(before: string): boolean {
  return (
    /(?<!&)&\s*$/.test(before) && !/subgroupMatrix(?:Load|Store)<[^()]*>\s*\(\s*&\s*$/.test(before)
  );
}

function members(body: string): Types {
  return new Map(
    [...body.matchAll(/(\w+)\s*:\s*([^,]+(?:<[^>]*>)?)/g)].map(([, name = '', type = '']) => [
      name,
      type,
    ]),
  );
}

/** The indices and members behind a name: `[i + 1u]`, `.x`. */
function stepsAfter(text: string, from: number): string[] {
  const steps: string[] = [];
  for (let at = from; ; at = from + steps.join('').length) {
    const member = /^\s*\.\s*\w+/.exec(text.slice(at, at + 80))?.[0];
    const step = member ?? (text[at] === '[' ? bracketed(text, at) : undefined);
    if (step === undefined) return steps;
    steps.push(step);
  }
}

function bracketed(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '[') depth++;
    if (text[at] === ']' && --depth === 0) return text.slice(from, at + 1);
  }
  return text.slice(from);
}

/** What steps lead to: a part of a vector, a vector (or something that holds one), or neither. */
function leftOf(
  type: string,
  steps: readonly string[],
  aliases: Types,
  structs: ReadonlyMap<string, Types>,
): 'part' | 'vector' | 'whole' {
  const own = type.trim();
  const alias = aliases.get(own);
  if (alias !== undefined) return leftOf(alias, steps, aliases, structs);
  if (/^(?:vec|mat)\d/.test(own)) return steps.length > 0 ? 'part' : 'vector';
  const [step, ...rest] = steps;
  const fields = structs.get(own);
  if (fields) {
    const inner = step === undefined ? [...fields.values()] : [fields.get(step.replace(/\W/g, ''))];
    const all = inner.map((field) => leftOf(field ?? '', rest, aliases, structs));
    return all.find((left) => left !== 'whole') ?? 'whole';
  }
  const element = /^array\s*<(.*)>$/s.exec(own)?.[1];
  if (element === undefined) return 'whole';
  return leftOf(element.replace(/,[^<>]*$/, ''), rest, aliases, structs);
}
