/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { Viewer } from '../viewer.types.ts';
import { FlashLine } from './act-form.tsx';
import { ICON_PATH } from './icon.ts';
import { LIVE_SCRIPT_PATH } from './live-script.ts';
import { STYLE_PATH } from './style.ts';
import { agoText, instantText } from './words.ts';

/** Pages of the bar, in its order. */
export const PAGES = [
  { path: '/', name: 'Fleet' },
  { path: '/devices', name: 'Devices' },
  { path: '/rollouts', name: 'Rollouts' },
  { path: '/releases', name: 'Releases' },
  { path: '/system', name: 'System' },
  { path: '/api/v1/reference', name: 'API' },
  { path: '/sign-in', name: 'Account' },
] as const;

export type PagePath = (typeof PAGES)[number]['path'];

interface LayoutProps {
  title: string;
  /** A form and nothing else. */
  narrow?: boolean;
  /** Path of the page of the bar this is, or belongs to; absent: without the bar. */
  current?: PagePath;
  /** Of pages with forms: what became of the one before is said first. */
  viewer?: Viewer;
  children: Child;
}

/** What does not change by itself. */
const STILL: ReadonlySet<string> = new Set<(typeof PAGES)[number]['path']>(['/api/v1/reference', '/sign-in']);

/** The frame of every page. Pages of the bar are kept up to date by a script; without it they are complete. */
export function Layout({ title, narrow = false, current, viewer, children }: LayoutProps) {
  const isLive = current !== undefined && !STILL.has(current);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLE_PATH} />
        <link rel="icon" type="image/svg+xml" href={ICON_PATH} />
        {isLive ? <script type="module" src={LIVE_SCRIPT_PATH} /> : ''}
      </head>
      <body>
        {current === undefined ? '' : <Bar current={current} />}
        <main id="main" class={narrow ? 'narrow' : ''}>
          <FlashLine viewer={viewer} />
          {children}
        </main>
        {isLive ? <LiveBox /> : ''}
      </body>
    </html>
  );
}

/** Shown by the script, which fills it. */
function LiveBox() {
  return (
    <footer id="live" hidden>
      <button type="button" /> <span /> <span class="visually-hidden" role="status" />
    </footer>
  );
}

function Bar({ current }: { current: string }) {
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="bar">
        <div class="bar-in">
          <a class="brand" href="/">
            Ratchet
          </a>
          <nav aria-label="Pages">
            <ul>
              {PAGES.map(({ path, name }) => (
                <li>
                  <a href={path} aria-current={path === current ? 'page' : undefined}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <search>
            <form action="/devices" method="get">
              <label class="visually-hidden" for="find">
                Find a device
              </label>
              <input type="search" id="find" name="q" maxlength={200} placeholder="Serial, name, id or tag" />
            </form>
          </search>
        </div>
      </header>
    </>
  );
}

/** An instant: how long ago, and when exactly for who points at it and for programs. */
export function When({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={rfc3339(at)} title={instantText(at)}>
      {agoText(at, now)}
    </time>
  );
}

/** A page as text, with its doctype. */
export function pageText(page: { toString(): string }): string {
  return `<!doctype html>${page.toString()}`;
}
