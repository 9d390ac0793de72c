import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Fetch, Ids, Random } from '../../runtime.ts';
import type { AlertBookChanges, AlertDelivery, AlertEpisode, Store } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { AlertsAnswer, AlertsTestAnswer } from '../alert-answers.ts';
import { type Alerts, createAlerts } from '../alerts.ts';
import { createDeliver, undeliveredKey } from './deliver.ts';
import { digestDayAtStart, digestDayToGoOn, digestDue, digestFor, isWanted, nextDigestAt } from './digest.ts';
import { followAlerts, toldAlert } from './episodes.ts';
import type { AlertMessage } from './message.ts';
import { createSend } from './send.ts';
import { type AlertSettings, type AlertTarget, hostOf, NO_ALERT_SETTINGS } from './target.types.ts';

/** Alerts, and those who are told of them. */
export interface Alerting {
  alerts: Alerts;
  /** Begins to tell: what was raised before, too. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  list(): Promise<AlertsAnswer>;
  /** Sends a test to one target or all, at once and once. */
  test(name: string | undefined, act: { by: string; note?: string }): Promise<AlertsTest>;
}

export type AlertsTest =
  | { kind: 'tried'; results: AlertsTestAnswer['results'] }
  /** `message` says what to do. */
  | { kind: 'unknown' | 'none'; message: string };

export interface AlertingOptions {
  store: Store;
  clock: Clock;
  ids: Pick<Ids, 'uuid'>;
  random: Random;
  fetch: Fetch;
  log: Logger;
  version: string;
  /** Absent: nobody is told. */
  settings?: AlertSettings | undefined;
  /** No digest is told by a clock in doubt: its days mean nothing. */
  isClockDoubted(): boolean;
}

const TIMER = 'alerts';
const AGAIN_MS = MINUTE_MS;

export function createAlerting(options: AlertingOptions): Alerting {
  const { store, clock, ids, random, fetch, log, version, isClockDoubted } = options;
  const { to: targets, digest } = options.settings ?? NO_ALERT_SETTINGS;
  const alerts = createAlerts(store, clock, log, look);
  const send = createSend(fetch, clock, version);
  const deliver = createDeliver({ targets, send, store, clock, ids, random, log, alerts });
  let episodes: readonly AlertEpisode[] = [];
  let digestDay = '';
  let isStarted = false;
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;

  /** Follows what is raised now; a call while that is under way has it done once more. */
  function look(): void {
    if (!isStarted || stopped || targets.length === 0) return;
    again = true;
    looking ??= lookOn();
  }

  async function lookOn(): Promise<void> {
    try {
      while (again && !stopped) {
        again = false;
        lookAgainAt(await follow());
      }
    } catch (error) {
      log.error({ [ERROR]: error }, 'alerts could not be prepared for their targets; trying again');
      again = false;
      lookAgainAt(clock.now() + AGAIN_MS);
    } finally {
      looking = undefined;
    }
  }

  function lookAgainAt(instant: Instant): void {
    // Not in a circle where something is due that can't be done now.
    if (!stopped) clock.at(Math.max(instant, clock.now() + 1_000), TIMER, look);
  }

  /** Resolves to when the next look is due by time alone. */
  async function follow(): Promise<Instant> {
    const now = clock.now();
    const followed = followAlerts(await store.listAlerts(), episodes, now, ids.uuid);
    const add = followed.messages.flatMap((message) => targets.filter((target) => isToldAtOnce(target, message)).map(deliveryOf(message)));
    const isDoubted = isClockDoubted();
    const from = digestDayToGoOn(digestDay, digest, now);
    const day = isDoubted ? undefined : digestDue(from, digest, now);
    let forgotten = followed.forgotten;
    if (day !== undefined) {
      for (const target of targets.filter(({ tell }) => tell !== 'immediate')) {
        const message = digestFor(target, followed.episodes, { id: ids.uuid(), at: now, day });
        if (message !== undefined) add.push(deliveryOf(message)(target));
      }
      forgotten = [...forgotten, ...followed.episodes.filter(({ isOver }) => isOver).map(({ id }) => id)];
    }
    const changes: AlertBookChanges = {
      ...(followed.changed.length === 0 ? {} : { episodes: followed.changed }),
      ...(forgotten.length === 0 ? {} : { forgotten }),
      ...(day === undefined ? {} : { digestDay: day }),
    };
    await deliver.enqueue(add, changes);
    episodes = followed.episodes.filter(({ id }) => !forgotten.includes(id));
    digestDay = day ?? from;
    const digestAt = isDoubted ? now + AGAIN_MS : nextDigestAt(digestDay, digest);
    return Math.min(followed.nextAt ?? digestAt, digestAt);
  }

  return {
    alerts,
    async start() {
      if (targets.length === 0) return;
      const book = await store.loadAlertBook();
      episodes = book.episodes;
      digestDay = book.digestDay ?? digestDayAtStart(digest, clock.now());
      deliver.start(book.deliveries);
      isStarted = true;
      look();
    },
    async stop() {
      stopped = true;
      clock.cancel(TIMER);
      await looking;
      await deliver.stop();
    },
    async idle() {
      while (looking) await looking;
      await deliver.idle();
    },
    async list() {
      return {
        schema: 'ratchet.alerts/1',
        alerts: (await store.listAlerts()).map(({ at, ...alert }) => toldAlert({ ...alert, since: at })),
        targets: deliver.states().map(({ target, ...state }) => ({ name: target.name, form: target.form, host: hostOf(target), ...state })),
      };
    },
    async test(name, { by, note }) {
      if (targets.length === 0) return { kind: 'none', message: NO_TARGETS };
      const tried = targets.filter((target) => name === undefined || target.name === name);
      if (tried.length === 0) {
        const names = targets.map((target) => target.name).join(', ');
        return { kind: 'unknown', message: `There is no target "${name}". There are: ${names}.` };
      }
      const detail = { targets: tried.map((target) => target.name), ...(note ? { note } : {}) };
      await store.audit({ at: clock.now(), by, act: 'alerts-test', detail });
      return { kind: 'tried', results: await Promise.all(tried.map((target) => tryOne(target, by))) };
    },
  };

  async function tryOne(target: AlertTarget, by: string): Promise<AlertsTestAnswer['results'][number]> {
    const message: AlertMessage = { schema: 'ratchet.alert/1', id: ids.uuid(), at: clock.now(), event: 'test', by };
    const { verdict, said } = await send(target, deliveryOf(message)(target));
    const arrived = verdict.kind === 'taken';
    if (arrived) await deliver.arrived(target);
    return { target: target.name, form: target.form, host: hostOf(target), arrived, said };
  }
}

const NO_TARGETS = 'No target of alerts is configured. Write one into ratchet.yaml (alerts: with to:), and restart Ratchet.';

function isToldAtOnce(target: AlertTarget, message: AlertMessage): boolean {
  if (target.tell === 'digest' || (message.event !== 'raised' && message.event !== 'resolved')) return false;
  const { kind, key } = message.alert;
  return isWanted(target, kind) && key !== undeliveredKey(target);
}

function deliveryOf(message: AlertMessage): (target: AlertTarget) => AlertDelivery {
  const body = JSON.stringify(message);
  return ({ name }) => ({ id: message.id, target: name, at: message.at, body });
}
