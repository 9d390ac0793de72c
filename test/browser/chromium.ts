import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { describe } from 'vitest';

/** A real browser without a window: Debian's chromium, or the one that RATCHET_CHROMIUM names. */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const CHROMIUM = process.env.RATCHET_CHROMIUM || findChromium();
export const NO_CHROMIUM = 'no Chromium: apt-get install chromium, or name one in RATCHET_CHROMIUM';

/** A suite that is left out where there is no Chromium, which its name tells. */
export const describeInChromium = describe.skipIf(CHROMIUM === undefined);

function findChromium(): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => paths.map((path) => join(path, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(NO_CHROMIUM);
  return chromium.launch({ executablePath: CHROMIUM });
}

export const WIDTHS = { wide: 1280, narrow: 390 } as const;
export const HEIGHTS = { wide: 900, narrow: 844 } as const;
export type Width = keyof typeof WIDTHS;

export const VARIANTS = (['wide', 'narrow'] as const).flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme })));

/** A tab of its own cookies. Pages get no more than what a person's browser would do with them. */
export async function newContext(browser: Browser, cookies?: Awaited<ReturnType<BrowserContext['storageState']>>): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: WIDTHS.wide, height: HEIGHTS.wide },
    reducedMotion: 'reduce',
    ...(cookies === undefined ? {} : { storageState: cookies }),
  });
  // Runs from without, whatever the policy of the page is.
  await context.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) });
  return context;
}

export async function show(page: Page, { width, scheme }: (typeof VARIANTS)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width: WIDTHS[width], height: HEIGHTS[width] });
}

/** As a script to be run in pages. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
