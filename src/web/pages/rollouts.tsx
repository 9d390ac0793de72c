/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import type { RolloutAnswer, RolloutsAnswer } from '../../engine/answers.ts';
import { Layout, pageText, When } from './layout.tsx';
import { Stack, type StackPart } from './stack.tsx';
import { devices, instantText, number, wallText } from './words.ts';

export interface RolloutsPageGiven {
  rollouts: RolloutsAnswer;
  now: number;
}

type Ring = RolloutAnswer['rings'][number];
type Counts = Record<'waiting' | 'delivered' | 'stuck' | 'verified' | 'failed' | 'excused', number>;

/** Named of the failed and stuck devices of a rollout; the list has them all. */
const TROUBLED_SHOWN = 10;

const STATES: Readonly<Record<RolloutAnswer['state'], { tone: string; sentence: string }>> = {
  running: { tone: 'tone-way', sentence: 'Rings open by themselves when their gate is passed.' },
  paused: { tone: 'tone-person', sentence: 'Nobody new gets it; devices keep the dates they hold.' },
  halted: { tone: 'tone-broken', sentence: 'Nobody gets it, and it is taken back from whoever has not started.' },
  skipped: { tone: 'tone-rest', sentence: 'Nobody gets it, now or later; devices wait for the next release.' },
};

/** Releases on their way through the rings: how far, how devices fare, which gate is open and why, and what happens next. */
export function rolloutsPage({ rollouts: { rollouts }, now }: RolloutsPageGiven): string {
  const live = rollouts.filter((rollout) => !isOver(rollout));
  const over = rollouts.filter(isOver);
  const stuck = live.filter(({ state }) => state === 'halted' || state === 'paused').length;
  return pageText(
    <Layout title="Rollouts · Ratchet" current="/rollouts">
      <h1>{titleOf(rollouts.length, live.length)}</h1>
      {rollouts.length === 0 ? (
        <Empty />
      ) : (
        <p class="lead">
          A release goes through the rings of a policy one after the other.
          {stuck > 0 ? ` ${stuck === 1 ? 'One of them is' : `${stuck} of them are`} held by a person or halted.` : ''}
        </p>
      )}
      {live.map((rollout) => (
        <Panel rollout={rollout} now={now} />
      ))}
      {over.length > 0 ? <Over rollouts={over} now={now} /> : ''}
    </Layout>,
  );
}

function titleOf(all: number, live: number): string {
  if (all === 0) return 'Nothing rolls out yet';
  if (live === 0) return 'Nothing is on the way';
  return live === 1 ? '1 release on the way' : `${number(live)} releases on the way`;
}

/** Nobody is waited for any more, or nobody will get it. */
function isOver({ state, rings }: RolloutAnswer): boolean {
  if (state !== 'running') return state === 'skipped';
  const known = sumOf(rings);
  return known.waiting + known.delivered + known.stuck === 0 && known.verified + known.failed + known.excused > 0;
}

function sumOf(rings: readonly Ring[]): Counts {
  const total: Counts = { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0 };
  for (const ring of rings) for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += ring[key];
  return total;
}

function Panel({ rollout, now }: { rollout: RolloutAnswer; now: number }) {
  const { policy, release, state, rings, haltsWhen, troubled } = rollout;
  return (
    <section class="panel">
      <div class="titled">
        <h2>
          {release} under {policy}
        </h2>
        <span class={`chip ${STATES[state].tone}`}>{state}</span>
      </div>
      <p class="next">
        <NextText rollout={rollout} now={now} />
      </p>
      {rollout.expedite === undefined ? '' : <ExpediteText expedite={rollout.expedite} />}
      {rings.length === 0 ? (
        <p class="muted">This policy has no rings: {state === 'running' ? 'every device of it gets the release' : 'nobody gets it now'}.</p>
      ) : (
        <div class="scroll">
          <table class="cards">
            <caption>
              Rings of {policy}, in the order they open{haltsWhen === undefined ? '' : `. Halts by itself when ${haltsWhen}`}.
            </caption>
            <thead>
              <tr>
                <th scope="col">Ring</th>
                <th scope="col">Gate</th>
                <th scope="col">Devices</th>
              </tr>
            </thead>
            <tbody>
              {rings.map((ring, index) => (
                <RingRow rollout={rollout} ring={ring} isNext={isNext(rollout, index)} now={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {troubled.length > 0 ? <Troubled rollout={rollout} now={now} /> : ''}
    </section>
  );
}

function isNext({ state, rings }: RolloutAnswer, index: number): boolean {
  return state === 'running' && index === rings.findLastIndex(({ opened }) => opened !== undefined) + 1;
}

/** What happens next and when, and who said how it stands. */
function NextText({ rollout, now }: { rollout: RolloutAnswer; now: number }) {
  const { state, since, by, because, waitsFor, opensAt, rings } = rollout;
  if (state !== 'running')
    return (
      <>
        {STATES[state].sentence} By {by}, <When at={since} now={now} />
        {because === undefined ? '' : `: ${because}`}.
      </>
    );
  const next = rings.find((_, index) => isNext(rollout, index));
  if (next === undefined || waitsFor === undefined)
    return <>{rings.length === 0 ? STATES.running.sentence : 'All rings are open. Devices get it at their next contact.'}</>;
  return (
    <>
      <strong>Next: {next.ring}.</strong> It waits for {waitsFor.replace(': ratchet rollout approve', '')}.
      {opensAt === undefined ? (
        ' Time alone does not open it.'
      ) : (
        <>
          {' '}
          By time it opens <When at={opensAt} now={now} /> ({instantText(opensAt)}).
        </>
      )}
    </>
  );
}

function ExpediteText({ expedite }: { expedite: NonNullable<RolloutAnswer['expedite']> }) {
  const { due, rings, by, because } = expedite;
  return (
    <p class="next">
      <span class="chip tone-person">expedited</span> {rings === undefined ? 'Everybody' : `Rings up to ${rings.join(', ')}`} by{' '}
      {wallText(due)} on the device’s clock. By {by}
      {because === undefined ? '' : `: ${because}`}.
    </p>
  );
}

function RingRow({ rollout, ring, isNext, now }: { rollout: RolloutAnswer; ring: Ring; isNext: boolean; now: number }) {
  const { opened, because, gate } = ring;
  const query = new URLSearchParams({ policy: rollout.policy, ring: ring.ring });
  return (
    <tr>
      <th scope="row">
        <a href={`/devices?${query}`}>{ring.ring}</a>
      </th>
      <td data-label="gate" class="wide">
        {opened === undefined ? (
          <Closed isNext={isNext}>{gate ?? ''}</Closed>
        ) : (
          <>
            <span class="chip tone-current">open</span> <When at={opened} now={now} />
            {because === undefined ? '' : `: ${because}`}
          </>
        )}
      </td>
      <td data-label="devices" class="wide">
        <Stack parts={partsOf(ring)} />
      </td>
    </tr>
  );
}

function Closed({ isNext, children }: { isNext: boolean; children: Child }) {
  return (
    <>
      <span class={`chip ${isNext ? 'tone-way' : 'tone-rest'}`}>{isNext ? 'next' : 'closed'}</span> {children}
    </>
  );
}

function partsOf({ waiting, delivered, stuck, verified, failed, excused }: Counts): StackPart[] {
  return [
    { label: 'run it', count: verified, tone: 'tone-current' },
    { label: 'got it', count: delivered, tone: 'tone-way' },
    { label: 'make no progress', count: stuck, tone: 'tone-person' },
    { label: 'failed', count: failed, tone: 'tone-broken' },
    { label: 'wait', count: waiting, tone: 'tone-rest' },
    { label: 'need something else first', count: excused, tone: 'tone-rest' },
  ];
}

function Troubled({ rollout: { troubled }, now }: { rollout: RolloutAnswer; now: number }) {
  const shown = troubled.slice(0, TROUBLED_SHOWN);
  return (
    <details>
      <summary>
        {devices(troubled.length)} to look at{troubled.length > shown.length ? `, the first ${shown.length}` : ''}
      </summary>
      <ul>
        {shown.map(({ id, ring, state, since }) => (
          <li>
            <a href={`/devices/${encodeURIComponent(id)}`}>{id}</a> in {ring}: {state === 'stuck' ? 'makes no progress' : state} since{' '}
            <When at={since} now={now} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is over: one line each, the newest first. */
function Over({ rollouts, now }: { rollouts: readonly RolloutAnswer[]; now: number }) {
  return (
    <section class="panel">
      <h2>Over</h2>
      <div class="scroll">
        <table class="cards">
          <caption>Releases that no device waits for any more, or that were skipped.</caption>
          <thead>
            <tr>
              <th scope="col">Release</th>
              <th scope="col">Policy</th>
              <th scope="col">Began</th>
              <th scope="col">Rings open</th>
              <th scope="col">Devices</th>
            </tr>
          </thead>
          <tbody>
            {rollouts.map(({ release, policy, began, state, rings }) => (
              <tr>
                <th scope="row">
                  {release} {state === 'skipped' ? <span class="chip tone-rest">skipped</span> : ''}
                </th>
                <td data-label="policy">{policy}</td>
                <td data-label="began" class="nowrap">
                  <When at={began} now={now} />
                </td>
                <td data-label="rings open">
                  {number(rings.filter(({ opened }) => opened !== undefined).length)} of {number(rings.length)}
                </td>
                <td data-label="devices" class="wide">
                  <Stack parts={partsOf(sumOf(rings))} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** No policy has rings, or no device wants anything. */
function Empty() {
  return (
    <section class="panel">
      <h2>Let a few devices go first</h2>
      <p>
        A rollout begins by itself when a policy with rings is in force (<code>mode: enforce</code>) and a device wants a release. In{' '}
        <code>ratchet.yaml</code>:
      </p>
      <pre>{`policies:\n  - name: everyone\n    target: latest\n    due: { days: 14, at: "18:00" }\n    rings:\n      - { name: canary, devices: 5, promote: { success: 100, soak: 24h, atLatest: 10d } }\n      - { name: everyone }\n    halt: { failed: 5, of: 5 }`}</pre>
      <p>
        <code>ratchet check</code> says what is wrong with it, <code>ratchet plan ratchet.yaml</code> what it would change.
      </p>
    </section>
  );
}
