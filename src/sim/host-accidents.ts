import type { HostAccident, SimHost } from './host.types.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';

/** What goes wrong with the server itself; `heal()` sets all to 0. */
export interface HostFaults {
  /** In so many of a thousand device-days the server loses what is queued for the device. */
  queueLostPerMille: number;
  /** In so many of a thousand worlds the server is put back, once, to a copy of its store one to 24 hours old. */
  hostRestoredPerMille: number;
  /** In so many of a thousand hours the server goes down for 20 minutes to two hours: it refuses connections and sends nothing. */
  hostDownPerMille: number;
  /** In so many of a thousand hours all pushes fail for 20 minutes to two hours. */
  pushOutagePerMille: number;
  /** In so many of a thousand hours the server's clock jumps for up to a day: to 1970 or 2040, an hour back or ahead. */
  hostClockPerMille: number;
}

export interface HostAccidents {
  /** Refuses connections and sends nothing. */
  readonly isDown: boolean;
  readonly arePushesFailing: boolean;
  /** What the server's clock shows, epoch ms. */
  clock(): number;
  /** When the server is put back to an older copy of its store; undefined: never. Known before anything runs. */
  readonly putBackAt: number | undefined;
  start(): void;
  /** Ends what is going on. What the rates say is the caller's. */
  heal(): void;
}

export interface HostAccidentsOptions {
  scheduler: Scheduler;
  prng: Prng;
  faults: HostFaults;
  host: () => SimHost;
  /** Ids of the enrollments that may lose their queue. */
  ids: () => readonly string[];
  /** `id` is "" for the whole server. */
  record(id: string, event: { kind: 'host'; what: HostAccident; ageMs?: number; aheadMs?: number }): void;
  /** The server has an older store now. */
  onPutBack(): void;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Once an hour the world throws dice for the server; nothing is drawn where no rate is above 0. */
export function createHostAccidents({ scheduler, prng, faults, host, ids, record, onPutBack }: HostAccidentsOptions): HostAccidents {
  const startedAt = scheduler.now();
  let downUntil = 0;
  let pushesFailUntil = 0;
  let wrongUntil = 0;
  let aheadMs = 0;
  let hours = 0;
  const isHit = (perMille: number) => perMille > 0 && prng.int(0, 999) < perMille;
  const plan = prng.fork('put back');
  const isPutBack = faults.hostRestoredPerMille > 0 && plan.int(0, 999) < faults.hostRestoredPerMille;
  const putBackAt = isPutBack ? startedAt + plan.int(30, 8 * 24) * HOUR : undefined;
  const copyAgeMs = plan.int(1, 24) * HOUR;

  function tick(): void {
    const { queueLostPerMille, hostDownPerMille, pushOutagePerMille, hostClockPerMille } = faults;
    if (queueLostPerMille + hostDownPerMille + pushOutagePerMille + hostClockPerMille === 0) return;
    scheduler.at(scheduler.now() + HOUR, 'host accidents', tick);
    const now = scheduler.now();
    if (hours++ % 24 === 0 && queueLostPerMille > 0)
      for (const id of ids()) {
        const own = prng.fork(`${id} ${hours}`);
        if (own.int(0, 999) < queueLostPerMille) scheduler.schedule(now + own.int(0, DAY), () => lose(id));
      }
    if (now >= downUntil && isHit(hostDownPerMille)) {
      downUntil = now + prng.int(20, 120) * MINUTE;
      begin('down', downUntil, () => 'up');
    }
    if (now >= pushesFailUntil && isHit(pushOutagePerMille)) {
      pushesFailUntil = now + prng.int(20, 120) * MINUTE;
      begin('pushes fail', pushesFailUntil, () => 'pushes work');
    }
    if (now >= wrongUntil && isHit(hostClockPerMille)) {
      aheadMs = prng.pick([Date.UTC(1970, 0, 1) - now, Date.UTC(2040, 0, 1) - now, -HOUR, HOUR]);
      wrongUntil = now + prng.int(1, 24) * HOUR;
      begin('clock wrong', wrongUntil, () => 'clock right', { aheadMs });
    }
  }

  function begin(what: HostAccident, until: number, end: () => HostAccident, more: { aheadMs?: number } = {}): void {
    record('', { kind: 'host', what, ...more });
    scheduler.at(until, `host ${what}`, () => record('', { kind: 'host', what: end() }));
  }

  function lose(id: string): void {
    if (faults.queueLostPerMille === 0 || host().queued(id).length === 0) return;
    host().loseQueue(id);
    record(id, { kind: 'host', what: 'queue lost' });
  }

  return {
    get isDown() {
      return scheduler.now() < downUntil;
    },
    get arePushesFailing() {
      return scheduler.now() < pushesFailUntil;
    },
    clock: () => scheduler.now() + (scheduler.now() < wrongUntil ? aheadMs : 0),
    putBackAt,
    start() {
      tick();
      if (putBackAt === undefined) return;
      scheduler.schedule(putBackAt - copyAgeMs, () => {
        const putBack = host().copyStore();
        record('', { kind: 'host', what: 'copied' });
        scheduler.schedule(putBackAt, () => {
          putBack();
          record('', { kind: 'host', what: 'put back', ageMs: copyAgeMs });
          onPutBack();
        });
      });
    },
    heal() {
      downUntil = 0;
      pushesFailUntil = 0;
      wrongUntil = 0;
      for (const what of ['down', 'pushes fail', 'clock wrong'] satisfies HostAccident[]) scheduler.cancel(`host ${what}`);
    },
  };
}
