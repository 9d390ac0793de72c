import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, ROOT, textOf } from './files.ts';

const pages = [...filesIn('docs', /\.md$/), ...filesIn('examples', /\.md$/), 'README.md'].filter((path) => existsSync(join(ROOT, path)));

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function anchorsOf(page: string): string[] {
  return withoutCode(textOf(page))
    .split('\n')
    .flatMap((line) => (/^#{1,6}\s/.test(line) ? [anchorOf(line.replace(/^#+\s+/, ''))] : []));
}

function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?```/g, '');
}

/** Links and pictures of a page that lead nowhere in the repository. */
function lostLinks(page: string, text: string): string[] {
  const lost: string[] = [];
  for (const [, target] of withoutCode(text)
    .replace(/`[^`\n]*`/g, '')
    .matchAll(/\]\(<?([^)>\s]+)>?[^)]*\)/g)) {
    if (target === undefined || /^[a-z]+:/i.test(target)) continue;
    const [path, anchor] = target.split('#') as [string, string?];
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(ROOT, file))) lost.push(target);
    else if (anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor)) lost.push(target);
  }
  return lost;
}

describe('links in the documentation', () => {
  it('there is documentation', () => {
    expect(pages).toContain('docs/operations.md');
  });

  it.each(pages)('%s leads nowhere in vain', (page) => {
    expect(lostLinks(page, textOf(page))).toEqual([]);
  });

  it('would be found', () => {
    const text = '[a](reasons.md) [b](none.md) [c](#settings) [d](#nowhere) [e](https://x) ![f](../none.png) `[g](none.md)`';
    expect(lostLinks('docs/operations.md', text)).toEqual(['none.md', '#nowhere', '../none.png']);
  });
});
