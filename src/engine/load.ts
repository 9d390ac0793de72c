import type { Counted, Day, Load } from '../decide/load.types.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import type { Store } from '../store/store.ts';

/**
 * What devices take up of the limits (rule 22): one entry for each, kept up to date by whoever decides. Some 200 bytes a
 * device. Noting the same decision twice changes nothing, so a commit that starts over is counted once.
 */
export interface LoadKeeper extends Load {
  note(id: string, decided: Decided): void;
  /** For a plan, which decides what is not. */
  copy(): LoadKeeper;
}

export interface Decided {
  reason: ReasonName;
  counted?: Counted;
}

/** Days of which it is kept who was new on them: today, and the one before while zones of policies change. */
const NEW_DAYS_KEPT = 2;
const PAGE = 1_000;

export function createLoad(entries: Iterable<readonly [string, Decided]> = []): LoadKeeper {
  const devices = new Map<string, Decided>();
  const restarts = new Map<string, number>();
  const newOn = new Map<Day, Set<string>>();
  let fleet = 0;

  function add({ reason, counted: { date, tags = [] } = {} }: Decided, by: 1 | -1): void {
    if (reason !== 'unenrolled' && reason !== 'user-enrollment') fleet += by;
    if (date === undefined) return;
    for (const key of [date, ...tags.map((tag) => keyOf(date, tag))]) {
      const count = (restarts.get(key) ?? 0) + by;
      if (count === 0) restarts.delete(key);
      else restarts.set(key, count);
    }
  }

  /** Who got there on the same day was handed it all the same. */
  function addNew(id: string, day: Day): void {
    const ids = newOn.get(day) ?? new Set();
    newOn.set(day, ids.add(id));
    if (newOn.size > NEW_DAYS_KEPT) newOn.delete([...newOn.keys()].sort()[0] as Day);
  }

  const load: LoadKeeper = {
    fleet: () => fleet,
    newOn: (day) => newOn.get(day)?.size ?? 0,
    restartsOn(day, exceptId, tag) {
      const own = devices.get(exceptId)?.counted;
      const isOwn = own?.date === day && (tag === undefined || own.tags?.includes(tag) === true);
      return (restarts.get(tag === undefined ? day : keyOf(day, tag)) ?? 0) - (isOwn ? 1 : 0);
    },
    note(id, { reason, counted }) {
      const before = devices.get(id);
      if (before) add(before, -1);
      const decided = { reason, ...(counted ? { counted } : {}) };
      devices.set(id, decided);
      add(decided, 1);
      if (counted?.newOn !== undefined) addNew(id, counted.newOn);
    },
    copy() {
      const copied = createLoad(devices);
      // Of those that got there since, only the day remembers.
      for (const [day, ids] of newOn) for (const id of ids) copied.note(id, withDay(devices.get(id), day));
      return copied;
    },
  };
  for (const [id, decided] of entries) load.note(id, decided);
  return load;
}

/** Of all decisions in the store, at a start: nobody waits for an answer yet. */
export async function loadLoad(store: Pick<Store, 'listEnrollments'>): Promise<LoadKeeper> {
  const load = createLoad();
  for (let after = ''; ; ) {
    const rows = await store.listEnrollments(after, PAGE);
    for (const { id, decision } of rows) load.note(id, decision);
    const last = rows.at(-1);
    if (last === undefined) return load;
    after = last.id;
  }
}

function withDay(decided: Decided | undefined, newOn: Day): Decided {
  return { reason: decided?.reason ?? 'unenrolled', counted: { ...decided?.counted, newOn } };
}

function keyOf(day: Day, tag: string): string {
  return `${day}\n${tag}`;
}
