/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { RolloutAnswer, RolloutsAnswer } from '../../engine/answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { Layout, pageText, When } from './layout.tsx';
import { RolloutActs } from './rollout-acts.tsx';
import { Stack, type StackPart } from './stack.tsx';
import { devices, instantText, number, wallText } from './words.ts';

export interface RolloutsPageGiven {
  rollouts: RolloutsAnswer;
  now: number;
  viewer: Viewer;
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
export function rolloutsPage({ rollouts: { rollouts }, now, viewer }: RolloutsPageGiven): string {
  const live = rollouts.filter((rollout) => !isOver(rollout)).sort((a, b) => urgencyOf(a) - urgencyOf(b));
  const over = rollouts.filter(isOver);
  const stuck = live.filter(({ state }) => state === 'halted' || state === 'paused').length;
  return pageText(
    <Layout title="Rollouts · Ratchet" current="/rollouts" viewer={viewer}>
      <h1>{titleOf(rollouts.length, live.length)}</h1>
      {rollouts.length === 0 ? (
        <Empty />
      ) : (
        <p class="lead">
          A release goes through the rings of a policy one after the other.
          {stuck > 0 ? ` ${stuck === 1 ? 'One of them is' : `${stuck} of them are`} held by a person or halted.` : ''}
        </p>
      )}
      {[...new Set(live.map(({ policy }) => policy))].map((policy) => (
        <Matrix policy={policy} rollouts={live.filter((rollout) => rollout.policy === policy)} />
      ))}
      {live.map((rollout) => (
        <Panel rollout={rollout} now={now} viewer={viewer} />
      ))}
      {over.length > 0 ? <Over rollouts={over} now={now} viewer={viewer} /> : ''}
    </Layout>,
  );
}

/** What was stopped first, then what waits for a gate, last what every ring has: the newest first among each. */
function urgencyOf(rollout: RolloutAnswer): number {
  if (rollout.state !== 'running') return 0;
  return nextRing(rollout) === undefined ? 2 : 1;
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

/** Release by ring, where several are on their way under one policy. */
function Matrix({ policy, rollouts }: { policy: string; rollouts: readonly RolloutAnswer[] }) {
  const names = rollouts[0]?.rings.map(({ ring }) => ring) ?? [];
  if (rollouts.length < 2 || names.length === 0) return null;
  return (
    <section class="panel">
      <h2>Releases under {policy}</h2>
      <div class="scroll">
        <table class="cards">
          <caption>How many devices of each ring run the release, of those that count.</caption>
          <thead>
            <tr>
              <th scope="col">Release</th>
              {names.map((name) => (
                <th scope="col">{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rollouts.map((rollout) => (
              <tr>
                <th scope="row" class="nowrap">
                  <a href={`#${idOf(rollout)}`}>{rollout.release}</a>{' '}
                  {rollout.state === 'running' ? '' : <span class={`chip ${STATES[rollout.state].tone}`}>{rollout.state}</span>}
                </th>
                {rollout.rings.map((ring) => (
                  <td class="nowrap" data-label={ring.ring}>
                    <GateChip rollout={rollout} ring={ring} />{' '}
                    {countingIn(ring) === 0 ? <span class="muted">nobody</span> : `${number(ring.verified)} of ${number(countingIn(ring))}`}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Whose health says something of the release. */
function countingIn({ waiting, delivered, stuck, verified, failed }: Counts): number {
  return waiting + delivered + stuck + verified + failed;
}

/** A place in the page. */
function idOf({ policy, release }: Pick<RolloutAnswer, 'policy' | 'release'>): string {
  return encodeURIComponent(`${policy} ${release}`);
}

function Panel({ rollout, now, viewer }: { rollout: RolloutAnswer; now: number; viewer: Viewer }) {
  const { policy, release, state, rings, troubled } = rollout;
  return (
    <section class="panel" id={idOf(rollout)}>
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
      ) : urgencyOf(rollout) === 2 ? (
        <>
          <Stack parts={partsOf(sumOf(rings))} />
          <details>
            <summary>Its rings</summary>
            <Rings rollout={rollout} now={now} />
          </details>
        </>
      ) : (
        <Rings rollout={rollout} now={now} />
      )}
      {troubled.length > 0 ? <Troubled rollout={rollout} now={now} /> : ''}
      <RolloutActs rollout={rollout} viewer={viewer} />
    </section>
  );
}

function Rings({ rollout, now }: { rollout: RolloutAnswer; now: number }) {
  const { policy, rings, haltsWhen } = rollout;
  return (
    <div class="scroll">
      <table class="cards rings">
        <caption>
          Rings of {policy}, in the order they open{haltsWhen === undefined ? '' : `. Halts by itself when ${haltsWhen}`}. Devices that need
          a person, have left or want something newer don’t count.
        </caption>
        <thead>
          <tr>
            <th scope="col">Ring</th>
            <th scope="col">Gate</th>
            <th scope="col">Devices</th>
          </tr>
        </thead>
        <tbody>
          {rings.map((ring) => (
            <RingRow rollout={rollout} ring={ring} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The ring that opens next by itself; undefined when all are open, or nothing goes on. */
function nextRing({ state, rings }: RolloutAnswer): Ring | undefined {
  return state === 'running' ? rings[rings.findLastIndex(({ opened }) => opened !== undefined) + 1] : undefined;
}

/** What happens next and when, and who said how it stands. */
function NextText({ rollout, now }: { rollout: RolloutAnswer; now: number }) {
  const { state, since, by, because, waitsFor, opensAt, rings } = rollout;
  const next = nextRing(rollout);
  if (state !== 'running')
    return (
      <>
        {STATES[state].sentence} By {by}, <When at={since} now={now} />
        {because === undefined ? '' : `: ${because}`}.
      </>
    );
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

function RingRow({ rollout, ring, now }: { rollout: RolloutAnswer; ring: Ring; now: number }) {
  const { opened, because, gate } = ring;
  const query = new URLSearchParams({ policy: rollout.policy, ring: ring.ring });
  return (
    <tr>
      <th scope="row">
        <a href={`/devices?${query}`}>{ring.ring}</a>
      </th>
      <td data-label="gate">
        <GateChip rollout={rollout} ring={ring} />{' '}
        {opened === undefined ? (
          (gate ?? '')
        ) : (
          <>
            <When at={opened} now={now} />
            {because === undefined ? '' : `: ${because}`}
          </>
        )}
      </td>
      <td data-label="devices">
        <Stack parts={partsOf(ring)} />
      </td>
    </tr>
  );
}

function GateChip({ rollout, ring }: { rollout: RolloutAnswer; ring: Ring }) {
  if (ring.opened !== undefined) return <span class="chip tone-current">open</span>;
  return ring === nextRing(rollout) ? <span class="chip tone-way">next</span> : <span class="chip tone-rest">closed</span>;
}

function partsOf({ waiting, delivered, stuck, verified, failed, excused }: Counts): StackPart[] {
  return [
    { label: 'run it', count: verified, tone: 'tone-current' },
    { label: 'got it', count: delivered, tone: 'tone-way' },
    { label: 'make no progress', count: stuck, tone: 'tone-person' },
    { label: 'failed', count: failed, tone: 'tone-broken' },
    { label: 'wait', count: waiting, tone: 'tone-wait' },
    { label: 'don’t count', count: excused, tone: 'tone-rest' },
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
function Over({ rollouts, now, viewer }: { rollouts: readonly RolloutAnswer[]; now: number; viewer: Viewer }) {
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
            {rollouts.map((rollout) => {
              const { release, policy, began, state, rings } = rollout;
              return (
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
                  <td data-label="devices">
                    <Stack parts={partsOf(sumOf(rings))} />
                    {state === 'skipped' ? <RolloutActs rollout={rollout} viewer={viewer} /> : ''}
                  </td>
                </tr>
              );
            })}
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
