/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import type { OwnersUpdate } from '../../engine/show/owners-update.ts';
import { pageText } from './layout.tsx';
import { WORDS } from './owner-texts.ts';
import { type OwnersView, ownersView } from './owner-view.ts';

/** Beside the pages, so that it is found wherever a proxy puts them. */
export const OWNERS_STYLE_NAME = 'owner.css';

/** The page behind DetailsURL: read on a phone, once, by somebody who did not ask for it. */
export function ownersPage(update: OwnersUpdate): string {
  const view = ownersView(update);
  return pageText(
    <Frame tone={view.tone}>
      <h1>{view.headline}</h1>
      {view.about === undefined ? '' : <p class="about">{view.about}</p>}
      <ByWhen view={view} />
      <Part title={WORDS.why} texts={view.why} />
      <Part title={WORDS.now} texts={view.steps.length === 0 ? [WORDS.nothing] : view.steps} isList={view.steps.length > 1} />
      <Part title={WORDS.happens} texts={view.happens} />
      <footer>{WORDS.about}</footer>
    </Frame>,
  );
}

/** The same for every address that is none: nobody learns which ones were. */
export function noOwnersPage(): string {
  return pageText(
    <Frame tone="calm">
      <h1>{WORDS.notFound}</h1>
      <p class="about">{WORDS.notFoundAbout}</p>
    </Frame>,
  );
}

export function ownersPageUnavailable(): string {
  return pageText(
    <Frame tone="calm">
      <h1>{WORDS.unavailable}</h1>
      <p class="about">{WORDS.unavailableAbout}</p>
    </Frame>,
  );
}

function Frame({ tone, children }: { tone: OwnersView['tone']; children: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no, date=no" />
        <title>{WORDS.title}</title>
        <link rel="stylesheet" href={OWNERS_STYLE_NAME} />
      </head>
      <body>
        <main class={`tone-${tone}`}>
          <p class="kicker">{WORDS.kicker}</p>
          {children}
        </main>
      </body>
    </html>
  );
}

function ByWhen({ view: { date } }: { view: OwnersView }) {
  if (date === undefined) return '';
  return (
    <section class="date">
      <h2>{date.label}</h2>
      <p>
        <strong>{date.day}</strong> <span>{date.time}</span>
        {date.distance === undefined ? '' : <em>{date.distance}</em>}
      </p>
    </section>
  );
}

function Part({ title, texts, isList = false }: { title: string; texts: readonly string[]; isList?: boolean }) {
  if (texts.length === 0) return '';
  return (
    <section>
      <h2>{title}</h2>
      {isList ? (
        <ul>
          {texts.map((text) => (
            <li>{text}</li>
          ))}
        </ul>
      ) : (
        <p>{texts.join(' ')}</p>
      )}
    </section>
  );
}
