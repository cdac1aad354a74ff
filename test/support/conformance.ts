// Which test shows each property and rule of the specification, from tags above the tests:
//
//   // @shows /process/user/{uid,gid}               what a property does; braces around alternatives, `*` for any member
//   // @refuses /process/user/uid                   a value that is well-formed, and unsupported by this host or by any
//   // @shows runtime.md#state: its properties      a rule of a section
//
// A tag is for the test, the group of tests or the row of a table that follows it. The table of test/CONFORMANCE.md is made of them.

import { globSync, readFileSync } from 'node:fs';

export type Tag = {
  readonly kind: 'shows' | 'refuses';
  /** A JSON pointer, or the section of a rule. */
  readonly subject: string;
  /** Null for a property. */
  readonly rule: string | null;
  readonly file: string;
  /** Of the test, the group or the row. */
  readonly title: string;
};

/** In the order of files, and of lines. */
export function tags(): Tag[] {
  return globSync(['src/**/*.test.ts', 'test/**/*.test.ts'])
    .toSorted()
    .flatMap((file) => tagsIn(file, readFileSync(file, 'utf8')));
}

function tagsIn(file: string, text: string): Tag[] {
  return [...text.matchAll(/^ *\/\/ @(shows|refuses) ([^:\n]*)(?:: (.*))?$/gm)].map((found) => {
    const [line, kind, subject = '', rule = null] = found;
    const title = titleIn(text.slice(found.index + line.length + 1));
    if (title === null) throw new Error(`${file}: there is no test below "${line.trim()}"`);
    return { kind: kind === 'shows' ? 'shows' : 'refuses', subject, rule, file, title };
  });
}

/** What comes first: `test('…'`, `test.each(…)('…'`, or a row that begins with its title. */
function titleIn(text: string): string | null {
  const code = text.replace(/^(?: *\/\/.*\n)*/, '');
  const isTest = /^ *(?:test|describe)\b/.test(code);
  const isChained = /^ *(?:test|describe)\./.test(code);
  const before = isChained ? /\)\(\s*/ : isTest ? /^ *\w+\(\s*/ : /^[ [\n]*/;
  const found = new RegExp(`${before.source}(['\`])((?:(?!\\1).)*)\\1`, isChained ? 's' : 'm').exec(code);
  return found?.[2] ?? null;
}

/** "/a/{b,c}/d" as "/a/b/d" and "/a/c/d". */
export function alternatives(text: string): string[] {
  const found = /^(.*?)\{([^}]*)\}(.*)$/.exec(text);
  if (found === null) return [text];
  const [, before = '', inside = '', after = ''] = found;
  return inside.split(',').flatMap((one) => alternatives(`${before}${one}${after}`));
}
