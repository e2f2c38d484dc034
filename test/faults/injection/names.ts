import { afterAll, afterEach } from 'vitest';
import { countFrom, keepResults } from '../../support/results.js';

/**
 * What a stranger may call a label, a speaker, a recording or a folder, to be taken for something else than a name by
 * whatever reads the output: by kind of reader.
 */
export const hostileNames: Readonly<Record<string, readonly string[]>> = {
  html: [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style></textarea><b>',
    '&lt;b&gt; &amp;amp; &#60;',
    '<!--',
    ']]><x>',
    '<?xml version="1.0"?>',
    'javascript:alert(1)',
  ],
  markdown: [
    '[a](javascript:alert(1))',
    '![](http://evil.example/x.png)',
    '](x) [b]: http://evil.example',
    '`code` ``` ~~~',
    'a | b || c',
    '<http://evil.example>',
    'https://evil.example www.evil.example mail@evil.example',
    '# heading',
    '- list',
    '1. list',
    '    indented',
    '*b* __u__ ~~s~~ $x^2$ :tada: @user',
    '\\',
    'ends in \\',
    '---',
    '> quote',
  ],
  yaml: ['a: b', '"q": \'s\' #c', '!!js/function x', '*alias &anchor', 'no', '~', '{x: [y'],
  terminal: [
    '\x1b[2J\x1b[1;1H',
    '\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\',
    '\x1b]52;c;ZXZpbA==\x07',
    '\x9b31m\x9d0;title\x9c',
    '\x00\x01\x07\x08\x0c\x7f',
    'over\rwritten',
    'two\nalstm: forged',
    'tab\tbed',
    'next\u0085line\u2028and\u2029paragraph',
  ],
  script: [
    '\u202egnp.wav\u202c',
    '\u2066isolate\u2069 \u200fmark\u200e \u061c',
    'zero\u200bwidth\u200d\ufeff',
    'e\u0301 and é',
    '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
    '\ufffe\uffff',
    'Ａ＝１',
  ],
  formula: [
    '=1+1',
    '=HYPERLINK("http://evil.example","x")',
    '+1+1|x',
    '-2+3',
    '@SUM(A1)',
    "'=1",
    '"=1',
    ' =1',
    '\t=1',
    ';=1',
    'a;"=1',
    '＝1',
    'a,b',
    '"',
    '""',
  ],
  shell: [
    '$(touch x)',
    '`touch x`',
    '; touch x',
    "'; touch x; '",
    '"$HOME"',
    '~ * ? {a,b}',
    '!! %1 %s %% %A %%A',
    '-rf',
    '--help',
    'a b',
    '#',
    '\\n',
  ],
  program: [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '${1+1}',
    '{value} {bar} {note}',
    '{{x}}',
    '%s%d%n',
    "\\'); import os #",
    '"""',
    '0',
    '-1',
    'null',
    'NaN',
  ],
  long: ['x'.repeat(10_000), `${'é<&|'.repeat(2500)}`],
};

/** The names, each with its kind. */
export const allNames: readonly (readonly [kind: string, name: string])[] = Object.entries(
  hostileNames,
).flatMap(([kind, names]) => names.map((name) => [kind, name] as const));

/** As long as it is shown, and nothing to anybody. */
export function innocentFor(name: string): string {
  return 'n'.repeat(Math.max(1, Array.from(name.trim()).length));
}

/** The short form: all behind one another, but for the long ones. */
const joinedNames: typeof allNames = [
  ['joined', allNames.flatMap(([kind, name]) => (kind === 'long' ? [] : [name])).join(' ')],
  ['long', hostileNames['long']![1]!],
];

/** For outputs that take long to make: each name in the long form, else all as one name. */
export const namesForLong = countFrom('ALSTM_FAULT_NAMES', 0) === 0 ? joinedNames : allNames;

/** As the cases of `it.each`: kind, the name for its title, and the name. */
export const casesOf = (
  names: typeof allNames,
): readonly (readonly [kind: string, shown: string, name: string])[] =>
  names.map(([kind, name]) => [kind, shownName(name), name]);

/** For messages of a test. */
export function shownName(name: string): string {
  const text = JSON.stringify(name);
  return text.length <= 80 ? text : `${text.slice(0, 80)}… (${name.length})`;
}

/** Keeps how many names were tried, and how many tests of a file passed, once all have run. */
export function keepCounts(name: string, outputs: readonly string[]): void {
  let [passed, failed] = [0, 0];
  afterEach(({ task }) => void (task.result?.errors?.length ? failed++ : passed++));
  afterAll(() => {
    const all = namesForLong === allNames;
    if (all) keepResults(`injection-${name}`, { names: allNames.length, outputs, passed, failed });
  });
}
