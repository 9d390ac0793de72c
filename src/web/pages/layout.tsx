/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import { rfc3339 } from '../../time/rfc3339.ts';
import { STYLE_PATH } from './style.ts';
import { agoText, instantText } from './words.ts';

/** Pages of the bar, in its order. */
export const PAGES = [
  { path: '/', name: 'Fleet' },
  { path: '/devices', name: 'Devices' },
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
  children: Child;
}

/** The frame of every page. No scripts: the policy of the pages allows none. */
export function Layout({ title, narrow = false, current, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLE_PATH} />
      </head>
      <body>
        {current === undefined ? '' : <Bar current={current} />}
        <main id="main" class={narrow ? 'narrow' : ''}>
          {children}
        </main>
      </body>
    </html>
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
