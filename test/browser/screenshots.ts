import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHROMIUM, NO_CHROMIUM, show, VARIANTS } from './chromium.ts';
import { PAGES } from './pages.ts';
import { beginVisit } from './visit.ts';

/**
 * `npm run screenshots [-- name …]`: every page (or those named), wide and narrow, light and dark, for a person to look at.
 * `npm run screenshots -- readme`: instead the tops of the three that the README shows.
 */

const FOLDER = '.screenshots';
const README = { folder: 'docs/images', pages: { fleet: 'fleet', 'device-prepared': 'device', rollouts: 'rollouts' } } as const;

if (CHROMIUM === undefined) {
  process.stderr.write(`${NO_CHROMIUM}\n`);
  process.exit(2);
}
const isForReadme = process.argv[2] === 'readme';
const names: readonly string[] = isForReadme ? Object.keys(README.pages) : process.argv.slice(2);
const rows = PAGES.filter(({ name }) => names.length === 0 || names.includes(name));
if (rows.length === 0) {
  process.stderr.write(`no page is called so; expected some of ${PAGES.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });
const visit = await beginVisit();
try {
  for (const row of rows) {
    const page = await visit.newPage(row);
    await visit.open(page, row);
    for (const variant of VARIANTS) {
      if (isForReadme && variant.width !== 'wide') continue;
      await show(page, variant);
      await page.screenshot({ path: fileOf(row.name, variant), fullPage: !isForReadme });
    }
    await page.close();
  }
  process.stdout.write(`${rows.length * (isForReadme ? 2 : VARIANTS.length)} screenshots in ${isForReadme ? README.folder : FOLDER}\n`);
} finally {
  await visit.close();
}

function fileOf(name: string, { width, scheme }: (typeof VARIANTS)[number]): string {
  if (!isForReadme) return join(FOLDER, `${name}-${width}-${scheme}.png`);
  const shown = README.pages[name as keyof typeof README.pages];
  return join(README.folder, `dashboard-${shown}${scheme === 'dark' ? '-dark' : ''}.png`);
}
