/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import { STYLE_PATH } from './style.ts';

/** The frame of every page. No scripts: the policy of the pages allows none. */
export function Layout({ title, narrow = false, children }: { title: string; narrow?: boolean; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLE_PATH} />
      </head>
      <body>
        <main class={narrow ? 'narrow' : ''}>{children}</main>
      </body>
    </html>
  );
}

/** A page as text, with its doctype. */
export function pageText(page: { toString(): string }): string {
  return `<!doctype html>${page.toString()}`;
}
