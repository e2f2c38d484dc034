import ts from 'typescript';

/** What the reference says of an export. */
export interface Exported {
  readonly name: string;
  /** Whether it is exported as a type alone. */
  readonly type: boolean;
  readonly description: string;
  readonly examples: readonly string[];
}

/** The exports of modules of this tree, by module, as a TypeScript program sees them. */
export function exportsOf(modules: readonly string[]): Map<string, Exported[]> {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const program = ts.createProgram(modules, options);
  const checker = program.getTypeChecker();
  return new Map(
    modules.map((path) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
      return [path, checker.getExportsOfModule(module).map((symbol) => exported(symbol, checker))];
    }),
  );
}

function exported(symbol: ts.Symbol, checker: ts.TypeChecker): Exported {
  const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const examples = own.getJsDocTags(checker).filter(({ name }) => name === 'example');
  const asType = symbol.declarations?.some(
    (each) => ts.isExportSpecifier(each) && ts.isTypeOnlyExportDeclaration(each),
  );
  return {
    name: symbol.name,
    type: asType === true || (own.flags & ts.SymbolFlags.Value) === 0,
    description: ts.displayPartsToString(own.getDocumentationComment(checker)).trim(),
    examples: examples.map(({ text }) => ts.displayPartsToString(text).trim()),
  };
}

/** What examples take for granted, as the modules say, with types of the package. */
const both = {
  alstm: 'lib.Opened',
  engine: 'lib.Engine',
  predictor: 'lib.Predictor',
  trained: 'lib.TrainedModel',
  corpus: 'lib.Corpus',
  data: 'lib.RunData',
  samples: 'Float32Array',
};
const given = {
  alstm: {
    ...both,
    ...{ files: 'lib.NodeFiles', source: 'lib.DataSource', matrices: 'Float32Array[]' },
    ...{ protocol: 'lib.Protocol', loaded: 'lib.ExperimentData' },
  },
  'alstm/browser': { ...both, files: 'File[]', file: 'File', shape: 'lib.BenchShape' },
};

/**
 * An example as a program: what it names of the package is imported, what it takes for granted declared.
 *
 * @param all exports of its module
 */
export function programOfExample(
  text: string,
  from: keyof typeof given,
  all: readonly Exported[],
): string {
  const words = new Set(text.match(/[A-Za-z_]\w*/g));
  const named = all.filter(({ name }) => words.has(name));
  const imports = named.map(({ name, type }) => (type ? `type ${name}` : name));
  const declared = Object.entries(given[from]).filter(([name]) => words.has(name));
  return [
    `import type * as lib from '${from}';`,
    `import { ${imports.join(', ')} } from '${from}';`,
    ...declared.map(([name, type]) => `declare const ${name}: ${type};`),
    `export async function example() {\n${text}\n}`,
  ].join('\n');
}
