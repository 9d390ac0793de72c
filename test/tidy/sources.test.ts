import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, textOf } from './files.ts';

/** Past this a file has two rooms in it. */
const LINES_MAX = 400;
/** Files that may be longer, each with its reason. */
const LONGER: Record<string, string> = {};

const sources = filesIn('src', /\.tsx?$/);
const tests = filesIn('test', /\.ts$/);

/** Tests switched off or singled out; spelled so that this file does not find itself. */
const SWITCHED_OFF = new RegExp(
  String.raw`\b(describe|it|test)(\.\w+)*\.(${['only', 'skip', 'todo', 'fails'].join('|')})\(|\b(${['xit', 'fit', 'xdescribe', 'fdescribe'].join('|')})\(`,
  'g',
);

/** Those in `text`, but for what is skipped where something is not installed, and says so: 'skipped: there are no …'. */
function switchedOff(text: string): string[] {
  return [...text.matchAll(SWITCHED_OFF)].filter(({ index }) => !/'skipped: /.test(text.slice(index, index + 120))).map(([match]) => match);
}

describe('sources', () => {
  it('are there to be looked at', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(tests.length).toBeGreaterThan(10);
  });

  it(`have at most ${LINES_MAX} lines`, () => {
    const long = sources.filter((path) => textOf(path).split('\n').length > LINES_MAX && LONGER[path] === undefined);
    expect(long).toEqual([]);
  });

  it('are named in kebab case', () => {
    expect([...sources, ...tests].filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(types|test|schema))?\.tsx?$/.test(basename(path)))).toEqual(
      [],
    );
  });

  it('leave no work for later in a comment', () => {
    const marks = new RegExp(String.raw`\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\b`);
    expect([...sources, ...tests].filter((path) => marks.test(textOf(path)))).toEqual([]);
  });
});

describe('tests', () => {
  it('are neither switched off nor singled out', () => {
    expect(tests.filter((path) => switchedOff(textOf(path)).length > 0)).toEqual([]);
  });

  it.each(['it.on-ly(', 'describe.sk-ip(', 'it.to-do(', 'test.concurrent.on-ly(', 'x-it('])('%s would be found', (text) => {
    expect(switchedOff(text.replace('-', ''))).toHaveLength(1);
  });

  it('may skip what is not there, when they say so', () => {
    expect(switchedOff(`it.sk${'ip'}('skipped: there are no recordings', () => {});`)).toEqual([]);
  });

  it('never sleep', () => {
    const sleeps = /new Promise(<\w*>)?\(\s*\(?\w+\)?\s*=>\s*setTimeout\(\s*\w+\s*,/;
    expect(sleeps.test('await new Promise((resolve) => setTimeout(resolve, 5))')).toBe(true);
    expect(tests.filter((path) => path !== 'test/tidy/sources.test.ts' && sleeps.test(textOf(path)))).toEqual([]);
  });
});
