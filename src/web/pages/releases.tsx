/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { ReleaseDevicesAnswer, ReleaseRow, ReleasesAnswer } from '../../engine/answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { ActForm } from './act-form.tsx';
import { Layout, pageText, When } from './layout.tsx';
import { number } from './words.ts';

export interface ReleasesPageGiven {
  releases: ReleasesAnswer;
  counts: ReleaseDevicesAnswer;
  now: number;
  viewer: Viewer;
}

type Count = ReleaseDevicesAnswer['releases'][number];
type Sofa = NonNullable<ReleasesAnswer['sofa']>;

/** What Apple offers, to what and until when, how severe that is and who said so, and which of ours could take it. */
export function releasesPage({ releases: answer, counts, now, viewer }: ReleasesPageGiven): string {
  const { releases, source } = answer;
  const listed = releases.filter(({ isListed }) => isListed);
  const byKey = new Map(counts.releases.map((count) => [count.release, count]));
  const platforms = [...new Set(listed.map(({ platform }) => platform))];
  return pageText(
    <Layout title="Releases · Ratchet" current="/releases" viewer={viewer}>
      <h1>{releases.length === 0 ? 'No list of releases yet' : `${counted(listed.length)} that Apple offers`}</h1>
      <p class="lead">
        <SourceText answer={answer} now={now} />
      </p>
      <Doubts answer={answer} now={now} viewer={viewer} />
      {source === undefined ? '' : <ActForm viewer={viewer} act="refreshReleases" label="Read it now" />}
      {releases.length === 0 ? <Empty isOff={source === undefined} /> : ''}
      {platforms.map((platform) => (
        <section class="panel">
          <h2>{platform}</h2>
          {platform === 'iOS' ? <p class="muted">Apple lists iPads, Apple TVs and watches here, too.</p> : ''}
          <List
            caption={`What Apple offers for ${platform}, the newest first.`}
            rows={listed.filter((row) => row.platform === platform)}
            byKey={byKey}
            now={now}
          />
        </section>
      ))}
      {answer.sofa === undefined ? '' : <SofaFeeds sofa={answer.sofa} now={now} />}
      <Gone rows={releases.filter(({ isListed }) => !isListed)} byKey={byKey} now={now} />
    </Layout>,
  );
}

function counted(releases: number): string {
  return releases === 1 ? '1 release' : `${number(releases)} releases`;
}

function SourceText({ answer: { source, checkedAt, heldAt }, now }: { answer: ReleasesAnswer; now: number }) {
  return (
    <>
      {source === undefined ? 'No source is read: releases is off, lists are imported.' : `From ${source}.`}
      {checkedAt === undefined ? (
        ' It was not read yet.'
      ) : (
        <>
          {' '}
          Last read <When at={checkedAt} now={now} />.
        </>
      )}
      {heldAt === undefined ? (
        ''
      ) : (
        <>
          {' '}
          What is held has been Apple’s answer since <When at={heldAt} now={now} />.
        </>
      )}
    </>
  );
}

/** What is not believed, and what that means. */
function Doubts({ answer: { doubt, sofa }, now, viewer }: { answer: ReleasesAnswer; now: number; viewer: Viewer }) {
  const feeds = sofa?.feeds ?? [];
  const doubtful = feeds.filter((feed) => feed.doubt !== undefined);
  const held = feeds.filter((feed) => feed.held !== undefined && feed.held.length > 0);
  if (doubt === undefined && doubtful.length + held.length === 0) return null;
  return (
    <section class="notice tone-person" aria-label="In doubt">
      <ul>
        {doubt === undefined ? (
          ''
        ) : (
          <li>
            Apple’s last answer is in doubt since <When at={doubt.since} now={now} />: {doubt.detail} Nothing new is handed out on it.
            <ActForm viewer={viewer} act="acceptReleases" label="Believe it …" />
          </li>
        )}
        {doubtful.map((feed) => (
          <li>
            SOFA’s answer for {feed.platform} is in doubt: {feed.doubt}
          </li>
        ))}
        {held.map((feed) => (
          <li>
            SOFA’s severities for {feed.platform} wait for a yes, because they would touch many devices: {feed.held?.join(', ')}.{' '}
            <a href="/releases/severities">What they would do, and the yes</a>.
          </li>
        ))}
      </ul>
    </section>
  );
}

function List({
  caption,
  rows,
  byKey,
  now,
}: {
  caption: string;
  rows: readonly ReleaseRow[];
  byKey: ReadonlyMap<string, Count>;
  now: number;
}) {
  return (
    <div class="scroll">
      <table class="cards">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">Offered to</th>
            <th scope="col">First seen here</th>
            <th scope="col">Until</th>
            <th scope="col">Severity</th>
            <th scope="col" class="number">
              Ours could take it
            </th>
            <th scope="col" class="number">
              Run it
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row row={row} count={byKey.get(row.release)} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, count, now }: { row: ReleaseRow; count: Count | undefined; now: number }) {
  const { release, builds, isImprovement, withdrawnModels, firstSeenAt, postingDate } = row;
  const { couldTake = 0, run = 0 } = count ?? {};
  return (
    <tr>
      <th scope="row">
        {release} <small class="muted">{builds.join(', ')}</small> {isImprovement ? <span class="chip tone-rest">improvement</span> : ''}
        {withdrawnModels > 0 ? (
          <span class="chip tone-broken">withdrawn from {withdrawnModels === 1 ? '1 model' : `${number(withdrawnModels)} models`}</span>
        ) : (
          ''
        )}
      </th>
      <td data-label="offered to">{offeredText(row)}</td>
      <td data-label="first seen here" class="nowrap">
        <When at={firstSeenAt} now={now} />
        {postingDate === undefined ? '' : <small class="muted"> posted {postingDate}</small>}
      </td>
      <td data-label="until" class="nowrap">
        {untilText(row)}
      </td>
      <td data-label="severity">
        <Severity row={row} />
      </td>
      <td data-label="ours could take it" class="number">
        {couldTake === 0 ? '0' : <a href={`/devices?${new URLSearchParams({ couldTake: release })}`}>{number(couldTake)}</a>}
      </td>
      <td data-label="run it" class="number">
        {number(run)}
      </td>
    </tr>
  );
}

function offeredText({ models, publicModels }: ReleaseRow): string {
  const all = models === 1 ? '1 model' : `${number(models)} models`;
  if (models === 0) return 'none now';
  if (publicModels === models) return all;
  return publicModels === 0 ? `${all}, supervised only` : `${all}, ${number(models - publicModels)} of them supervised only`;
}

function untilText({ expirationDate, expirationRolls }: ReleaseRow): string {
  if (expirationDate === undefined) return 'not told';
  return expirationRolls ? `${expirationDate}, moving on` : expirationDate;
}

/** The worst that was said, and who said so. */
function Severity({ row: { sofa = [], criticalBy = [] } }: { row: ReleaseRow }) {
  const exploited = Math.max(0, ...sofa.map((told) => told.exploited));
  const critical = Math.max(0, ...sofa.map((told) => told.critical));
  const cves = Math.max(0, ...sofa.map((told) => told.cves));
  return (
    <>
      {exploited > 0 ? <span class="chip tone-broken">{number(exploited)} exploited</span> : ''}{' '}
      {critical > 0 ? <span class="chip tone-person">{number(critical)} critical</span> : ''}{' '}
      {sofa.length > 0 ? (
        <small class="muted">
          {cves === 1 ? '1 CVE' : `${number(cves)} CVEs`}, says SOFA ({sofa.map(({ platform }) => platform).join(', ')})
        </small>
      ) : (
        ''
      )}
      {criticalBy.length > 0 ? (
        <>
          {' '}
          <span class="chip tone-person">critical</span> <small class="muted">says the policy {criticalBy.join(', ')}</small>
        </>
      ) : (
        ''
      )}
      {sofa.length === 0 && criticalBy.length === 0 ? <span class="muted">not told</span> : ''}
    </>
  );
}

function SofaFeeds({ sofa: { feeds, newer }, now }: { sofa: Sofa; now: number }) {
  return (
    <section class="panel">
      <h2>What SOFA says</h2>
      <ul class="plain">
        {feeds.map(({ platform, goodAt }) => (
          <li>
            {platform}: what is held was last said <When at={goodAt} now={now} />
          </li>
        ))}
        {newer.map(({ platform, version, toldAt, exploited }) => (
          <li>
            <span class="chip tone-person">not in Apple’s list</span> {platform} {version}
            {exploited > 0 ? `, ${number(exploited)} exploited` : ''}: told of <When at={toldAt} now={now} />. It counts from when Apple
            lists it.
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was listed once: withdrawn, run out, replaced. */
function Gone({ rows, byKey, now }: { rows: readonly ReleaseRow[]; byKey: ReadonlyMap<string, Count>; now: number }) {
  if (rows.length === 0) return null;
  return (
    <section class="panel">
      <h2>No longer offered</h2>
      <details>
        <summary>{counted(rows.length)} that Apple listed once</summary>
        <List caption="Models, dates and builds are those of when Apple last listed it." rows={rows} byKey={byKey} now={now} />
      </details>
    </section>
  );
}

function Empty({ isOff }: { isOff: boolean }) {
  return (
    <section class="panel">
      <h2>{isOff ? 'Bring a list' : 'Wait for the first read'}</h2>
      {isOff ? (
        <p>
          Where Apple can be reached: <code>ratchet releases export &gt; releases.json</code>. Here:{' '}
          <code>ratchet releases import releases.json</code>. Or set <code>releases: {'{ source: apple }'}</code> in{' '}
          <code>ratchet.yaml</code>.
        </p>
      ) : (
        <p>
          The list is read within seconds of the start and once a day. When it can’t be read, <a href="/system">System</a> says why;{' '}
          <code>ratchet releases refresh</code> tries again now.
        </p>
      )}
    </section>
  );
}
