import type { ChannelAnswer } from '../../hosts/declaration-channel.ts';
import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';

/** Not reached for so long: an alert. */
const DOWN_AFTER_MS = 2 * MINUTE_MS;
/** Between tries while it is not reached, doubling: who comes back first, the devices or we, decides what they fetch. */
const REST_MIN_MS = 2_000;
const REST_MAX_MS = 15_000;
/** Nothing observed is after it. */
const NOT_UP: Instant = Number.MAX_SAFE_INTEGER;

/** Whether the declaration server is reached, learnt from every call; decisions read it from the standing. */
export interface Reach {
  /** Takes an answer in, and tells whether the server did its part: it may have refused, but it was there and took our key. */
  heard(answer: Pick<ChannelAnswer<unknown>, 'kind'> & { message?: string }): Promise<boolean>;
  /** Not before then is it asked again; in the past: now. */
  restsUntil(): Instant;
  /** Tells who waits when it goes down. */
  onDown(told: () => void): void;
}

export interface ReachOptions {
  name: string;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  log: Logger;
}

export function createReach({ name, standing, clock, alerts, log }: ReachOptions): Reach {
  let failures = 0;
  let downSince: Instant | undefined;
  let restsUntil: Instant = 0;
  let tell: () => void = () => undefined;
  // What came before the first answer of this process may have come in vain.
  standing.placing = { upSince: NOT_UP };

  return {
    restsUntil: () => restsUntil,
    onDown(told) {
      tell = told;
    },
    async heard(answer) {
      const now = clock.now();
      if (answer.kind === 'done' || answer.kind === 'refused') {
        failures = 0;
        restsUntil = 0;
        // After now: it was not up, or our clock was ahead.
        if (downSince !== undefined || (standing.placing?.upSince ?? NOT_UP) > now) standing.placing = { upSince: now };
        downSince = undefined;
        await alerts.clear('declarations-not-placed');
        return true;
      }
      const problem = `${name}: ${answer.message ?? answer.kind}`;
      failures += 1;
      restsUntil = now + Math.min(REST_MIN_MS * 2 ** Math.min(failures - 1, 10), REST_MAX_MS);
      standing.placing = { upSince: NOT_UP, problem };
      if (downSince === undefined) {
        downSince = now;
        log.warn({ [ERROR]: problem }, 'the declaration server is not reached; devices keep what they have');
        tell();
      }
      if (answer.kind === 'unauthorized' || now - downSince >= DOWN_AFTER_MS)
        await alerts.raise('declarations-not-placed', `Declarations can't be put into ${problem}.`, { server: name });
      return false;
    },
  };
}
