import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHROMIUM, NO_CHROMIUM, show, VARIANTS } from './chromium.ts';
import { PAGES } from './pages.ts';
import { beginVisit } from './visit.ts';

/** `npm run screenshots [-- name …]`: every page (or those named), wide and narrow, light and dark, for a person to look at. */

const FOLDER = '.screenshots';

if (CHROMIUM === undefined) {
  process.stderr.write(`${NO_CHROMIUM}\n`);
  process.exit(2);
}
const names = process.argv.slice(2);
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
      await show(page, variant);
      await page.screenshot({ path: join(FOLDER, `${row.name}-${variant.width}-${variant.scheme}.png`), fullPage: true });
    }
    await page.close();
  }
  process.stdout.write(`${rows.length * VARIANTS.length} screenshots in ${FOLDER}\n`);
} finally {
  await visit.close();
}
