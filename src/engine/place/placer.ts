import type { Declaration } from '../../ddm/declaration.types.ts';
import { groupNamesOf, groupsOf } from '../../ddm/declaration-groups.ts';
import { isEnforcementIdentifier } from '../../ddm/declarations.ts';
import type { Manifest } from '../../decide/manifest.ts';
import { NEVER } from '../../decide/next-manifest.ts';
import { type Placement, tookAwayWith } from '../../decide/placement.ts';
import type { DeclarationChannel } from '../../hosts/declaration-channel.ts';
import { COUNT, ENROLLMENT_ID, ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Changed } from './changed.ts';
import type { Reach } from './reach.ts';

/** Enrollments whose calls are under way at once. */
const PLACED_AT_ONCE = 4;
/** A withdrawal that waits for so long is an alert: the device may still act on it. */
const WITHDRAWN_WITHIN_MS = 2 * MINUTE_MS;
/** One that the server refuses is tried again after this, doubling; a withdrawal is not put off for longer. */
const AGAIN_MIN_MS = MINUTE_MS;
const AGAIN_MAX_MS = 10 * MINUTE_MS;
/** One that our own store failed on. */
const STORE_AGAIN_MS = 5_000;
const TIMER = 'placing';

/** Brings the committed manifests into the declaration server; what it did is noted, and then the device is decided anew. */
export interface Placer {
  /** These changed. Never throws. */
  note(changed: readonly Changed[]): void;
  /** Compares what one has there with what was placed, and places it again only if that is other. */
  check(enrollmentId: string): Promise<Compared>;
  /** Changes what is noted of one, when nothing else is under way for it. */
  change(enrollmentId: string, change: (noted: Placement) => Placement): Promise<void>;
  /** Enrollments that wait. */
  waiting(): string[];
  /** Takes up what the store says is not placed. */
  start(): Promise<void>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** `mended`: something of ours was missing or too much; `unknown`: the server did not tell. */
export type Compared = 'same' | 'mended' | 'unknown';

export interface PlacerOptions {
  channel: DeclarationChannel;
  reach: Reach;
  store: Pick<
    Store,
    | 'findManifest'
    | 'findDeclaration'
    | 'findPlacement'
    | 'savePlacement'
    | 'listUnplaced'
    | 'noteGroupWrite'
    | 'findGroupWrite'
    | 'countGroupWrites'
  >;
  reconciler: Pick<Reconciler, 'wakeSoon' | 'wake'>;
  clock: Clock;
  alerts: Alerts;
  log: Logger;
}

interface Waiting {
  isWithdrawal: boolean;
  since: Instant;
  tries: number;
  notBefore: Instant;
}

export function createPlacer({ channel, reach, store, reconciler, clock, alerts, log }: PlacerOptions): Placer {
  const queue = new Map<string, Waiting>();
  /** The end of what is under way, by enrollment. */
  const turns = new Map<string, Promise<void>>();
  /** Late withdrawals, as last told; an alert of the process before may stand. */
  let told: number | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  reach.onDown(() => reconciler.wakeSoon(queue.keys(), 'sign-of-life'));

  function add({ enrollmentId, isWithdrawal }: Changed): void {
    const before = queue.get(enrollmentId);
    queue.set(enrollmentId, {
      isWithdrawal: isWithdrawal || before?.isWithdrawal === true,
      since: before?.since ?? clock.now(),
      tries: 0,
      notBefore: 0,
    });
  }

  function begin(): void {
    if (isStopped || running !== undefined || queue.size === 0) return;
    running = drain()
      .catch((error: unknown) => log.error({ [ERROR]: error }, 'placing declarations failed; trying again'))
      .then(() => {
        running = undefined;
        arm();
      });
  }

  function arm(): void {
    if (isStopped || queue.size === 0) return;
    const next = Math.min(...[...queue.values()].map(({ notBefore }) => notBefore));
    clock.at(Math.max(next, reach.restsUntil(), clock.now() + 1_000), TIMER, begin);
  }

  /** Those that may be tried now, withdrawals first, else the longest wait. */
  function nextOf(): string[] {
    const now = clock.now();
    const due = [...queue].filter(([, { notBefore }]) => notBefore <= now);
    const first = due.filter(([, { isWithdrawal }]) => isWithdrawal);
    return (first.length > 0 ? first : due).slice(0, PLACED_AT_ONCE).map(([id]) => id);
  }

  async function drain(): Promise<void> {
    let placed = 0;
    while (!isStopped && clock.now() >= reach.restsUntil()) {
      const ids = nextOf();
      if (ids.length === 0) break;
      const outcomes = await Promise.all(ids.map(takeUp));
      placed += outcomes.filter((outcome) => outcome === 'placed').length;
      await tellWithdrawals();
      await clock.turn();
    }
    if (placed > 0) log.info({ [COUNT]: placed }, 'declarations placed');
    await tellWithdrawals();
  }

  async function takeUp(id: string): Promise<'placed' | 'later'> {
    const taken = queue.get(id);
    const outcome = await inTurn(id, () => placed(id)).catch((error: unknown) => {
      log.error({ [ENROLLMENT_ID]: id, [ERROR]: error }, 'declarations not placed');
      return 'failed' as const;
    });
    if (outcome === 'done' || outcome === 'nothing') {
      // Unless it changed meanwhile.
      if (queue.get(id) === taken) queue.delete(id);
      return outcome === 'done' ? 'placed' : 'later';
    }
    const waiting = queue.get(id);
    if (waiting !== undefined && outcome === 'failed') queue.set(id, { ...waiting, notBefore: clock.now() + STORE_AGAIN_MS });
    if (waiting !== undefined && outcome === 'refused') {
      const tries = waiting.tries + 1;
      const wait = Math.min(AGAIN_MIN_MS * 2 ** Math.min(tries - 1, 10), waiting.isWithdrawal ? AGAIN_MIN_MS : AGAIN_MAX_MS);
      queue.set(id, { ...waiting, tries, notBefore: clock.now() + wait });
    }
    return 'later';
  }

  /** One call after the other for each enrollment: what a later one makes of it, an earlier one must not undo. */
  function inTurn<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work, work);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(id, over);
    void over.then(() => {
      if (turns.get(id) === over) turns.delete(id);
    });
    return turn;
  }

  async function placed(id: string): Promise<'done' | 'nothing' | 'refused' | 'down'> {
    const manifest = await store.findManifest(id);
    // One that is not to be answered: the device keeps what it has, and so does the server.
    if (manifest === undefined || manifest.answerableUntil === NEVER) return 'nothing';
    const before = await store.findPlacement(id);
    if (before?.token === manifest.token) return 'nothing';
    const waiting = queue.get(id);
    // What was never placed need not be taken back.
    const mayBeThere = [before?.enforcement, ...(before?.tried ?? [])].filter((identifier) => identifier !== undefined);
    if (waiting) waiting.isWithdrawal = mayBeThere.some((identifier) => identifier !== manifest.enforcement?.identifier);
    const answer = await put(id, manifest, before);
    return answer.kind === 'done' ? 'done' : answer.kind === 'refused' ? 'refused' : 'down';
  }

  /** From the first call on nobody knows what is there, until the last was answered. `there`: the groups that were, where known. */
  async function put(id: string, manifest: Manifest, before: Placement | undefined, there?: readonly string[]) {
    const declarations = await bodiesOf(manifest);
    const groups = groupsOf(declarations);
    const { token: _before, problem: _solved, ...noted } = before ?? { at: 0, identifiers: [], added: [] };
    const { enforcement } = noted;
    const wanted = manifest.enforcement?.identifier;
    const names = groups.map(({ name }) => name);
    const isGone = (had: readonly string[]) => enforcement !== undefined && (wanted !== enforcement || !had.includes(enforcement));
    const unknown = underWay(noted, wanted, isGone(there ?? names));
    const isSame = before?.token === manifest.token;
    if (!isSame || unknown.mayHaveGone) await store.savePlacement(id, unknown, names);
    const answer = await channel.place(id, groups, async (name) => void (await store.noteGroupWrite(name)));
    const isReached = await reach.heard(answer);
    // A date that was written since, for whomever, was not whole there: as good as not there.
    const writes = await store.countGroupWrites();
    const isWritten = enforcement !== undefined && (await store.findGroupWrite(enforcement)) > (noted.enforcementWrites ?? 0);
    const wasThere = answer.before?.filter((name) => name !== enforcement || !isWritten);
    if (answer.kind === 'done') {
      const isNews = !isSame || answer.isChanged || unknown.mayHaveGone;
      if (isNews) {
        const placement = placementOf(manifest, declarations, unknown, { now: clock.now(), writes, wasThere: wasThere ?? [] });
        await store.savePlacement(id, placement, [...new Set([...names, ...answer.before])]);
        reconciler.wake([id]);
      }
      return answer;
    }
    // Nothing was changed before it told what the device had.
    const left = wasThere === undefined ? noted : underWay(noted, wanted, isGone(wasThere));
    await store.savePlacement(id, isReached ? { ...left, problem: answer.message } : left, names);
    if (!isReached) return answer;
    log.warn({ [ENROLLMENT_ID]: id, [ERROR]: answer.message }, 'the declaration server refused what was to be placed');
    reconciler.wakeSoon([id], 'sign-of-life');
    return answer;
  }

  async function compared(id: string): Promise<Compared> {
    const manifest = await store.findManifest(id);
    const before = await store.findPlacement(id);
    if (manifest === undefined || before?.token !== manifest.token) return 'same';
    const listed = await channel.listPlaced(id);
    // Nothing is noted: that a question failed is no news of the device, which would be told to fetch everything again.
    if (!(await reach.heard(listed)) || listed.kind !== 'done') return 'unknown';
    const wanted = groupNamesOf(manifest.items);
    if (listed.groups.length === wanted.length && wanted.every((name) => listed.groups.includes(name))) return 'same';
    const answer = await put(id, manifest, before, listed.groups);
    if (answer.kind === 'done') return answer.isChanged ? 'mended' : 'same';
    // Half of it may have been done.
    add({ enrollmentId: id, isWithdrawal: false });
    begin();
    return 'unknown';
  }

  async function bodiesOf({ items }: Manifest): Promise<Declaration[]> {
    const bodies = await Promise.all(items.map(({ identifier }) => store.findDeclaration(identifier)));
    const missing = items.find((_, index) => bodies[index] === undefined);
    if (missing) throw new Error(`the body of ${missing.identifier} is missing`);
    return bodies.filter((body) => body !== undefined);
  }

  async function tellWithdrawals(): Promise<void> {
    const now = clock.now();
    const late = [...queue.values()].filter(({ isWithdrawal, since }) => isWithdrawal && now - since >= WITHDRAWN_WITHIN_MS);
    if (late.length === told) return;
    told = late.length;
    if (late.length === 0) return alerts.clear('withdrawals-not-placed');
    const who = late.length === 1 ? '1 device' : `${late.length} devices`;
    const sentence = `A date was taken back from ${who}, and ${channel.name} still has it: it can't be changed there.`;
    await alerts.refresh('withdrawals-not-placed', sentence, { count: late.length });
  }

  return {
    note(changed) {
      for (const each of changed) add(each);
      begin();
    },
    check: (id) => inTurn(id, () => compared(id)),
    change: (id, change) =>
      inTurn(id, async () => {
        const noted = await store.findPlacement(id);
        if (noted !== undefined) await store.savePlacement(id, change(noted), []);
      }),
    waiting: () => [...queue.keys()],
    async start() {
      for (const each of await store.listUnplaced()) add(each);
      begin();
    },
    async idle() {
      while (running) await running;
      await Promise.all(turns.values());
    },
    async stop() {
      isStopped = true;
      clock.cancel(TIMER);
      await running;
      await Promise.all(turns.values());
    },
  };
}

/** As it is known while it is being changed, and after that failed. */
function underWay(noted: Placement, wanted: string | undefined, isGone: boolean): Placement {
  const { tried = [] } = noted;
  return {
    ...noted,
    ...(isGone ? { mayHaveGone: true as const } : {}),
    ...(wanted === undefined || wanted === noted.enforcement ? {} : { tried: [...tried.filter((other) => other !== wanted), wanted] }),
  };
}

function placementOf(
  { token }: Manifest,
  declarations: readonly Declaration[],
  before: Placement,
  { now, writes, wasThere }: { now: Instant; writes: number; wasThere: readonly string[] },
): Placement {
  const identifiers = declarations.map(({ Identifier }) => Identifier);
  const enforcement = identifiers.find(isEnforcementIdentifier);
  const { enforcement: former, enforcementSince: formerSince = 0, enforcementWrites: formerWrites = 0, ...others } = before;
  const { mayHaveGone, tried = [], tookAway: _earlier, ...rest } = others;
  const isSame = enforcement !== undefined && enforcement === former && wasThere.includes(enforcement) && mayHaveGone !== true;
  const replaced = former === undefined || isSame ? [] : [former];
  const away = tookAwayWith(before, [...tried.filter((other) => other !== enforcement && other !== former), ...replaced]);
  return {
    ...rest,
    token,
    at: now,
    writes,
    identifiers,
    added: identifiers.filter((identifier) => !before.identifiers.includes(identifier)),
    ...(enforcement === undefined
      ? {}
      : { enforcement, enforcementSince: isSame ? formerSince : now, enforcementWrites: isSame ? formerWrites : writes }),
    ...(away.length === 0 ? {} : { tookAway: away }),
  };
}
