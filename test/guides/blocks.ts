import { readFile } from 'node:fs/promises';
import ts from 'typescript';

export interface Block {
  readonly language: string;
  /** The file that it stands for, where it says so. */
  readonly title: string | undefined;
  /** The file that it quotes, where it does. */
  readonly excerpt: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a guide. */
export async function blocksOf(guide: string): Promise<Block[]> {
  const text = await readFile(guide, 'utf8');
  const fences = text.matchAll(/^```(\w+)(?: (title|excerpt)="([^"]+)")?\n(.*?)^```$/gms);
  return Array.from(fences, ([, language = '', what, path, text = '']) => ({
    language,
    title: what === 'title' ? path : undefined,
    excerpt: what === 'excerpt' ? path : undefined,
    text,
  }));
}

/** A guide's TypeScript that stands for no file and quotes none, which is one program. */
export async function programOf(guide: string): Promise<string> {
  const blocks = await blocksOf(guide);
  return blocks
    .filter(({ language, title, excerpt }) => language === 'ts' && !title && !excerpt)
    .map(({ text }) => text)
    .join('\n');
}

type Body = (
  require: (name: string) => unknown,
  exports: Record<string, unknown>,
  console: { log(...values: unknown[]): void },
) => Promise<void>;

/**
 * Runs TypeScript text in this process.
 *
 * @param modules what it may import, by the names it uses
 * @returns its exports, and the lines that it logged
 * @throws Error for an import that is not given
 */
export async function runText(
  text: string,
  modules: Readonly<Record<string, unknown>>,
): Promise<{ exports: Record<string, unknown>; lines: string[] }> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Body;
  const exports: Record<string, unknown> = {};
  const lines: string[] = [];
  const load = (name: string): unknown => {
    if (name in modules) return modules[name];
    throw new Error(`the guide imports ${name}, which its test does not give`);
  };
  const body = new AsyncFunction('require', 'exports', 'console', outputText);
  const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  await body(load, exports, { log: (...values) => lines.push(values.map(show).join(' ')) });
  return { exports, lines };
}

/** What TypeScript finds wrong with texts that stand for these files of the tree, in one line each. */
export function typeErrors(texts: Readonly<Record<string, string>>): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const host = ts.createCompilerHost(options);
  const given = new Map(
    Object.entries(texts).map(([path, text]) => [ts.sys.resolvePath(path), text]),
  );
  const own = (path: string) => given.get(ts.sys.resolvePath(path));
  host.readFile = (path) => own(path) ?? ts.sys.readFile(path);
  host.fileExists = (path) => own(path) !== undefined || ts.sys.fileExists(path);
  host.getSourceFile = (path, version) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...given.keys()], options, host);
  return [...given.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ];
    return found.map(
      ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}
