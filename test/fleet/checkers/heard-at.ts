import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Fleet } from '../harness.ts';

type Webhook = WorldEvent & { kind: 'webhook' };

/** Between two of a server's events that tell its clock. */
const LATELY_MS = 6 * 3_600_000;

/**
 * When an event was sent, as well as the app can know: by the server's stamp where both clocks are right. Otherwise only
 * against the fastest event that reached the same life of the app lately under the same clocks. To be called with every event.
 */
export function createHeardAt(fleet: Pick<Fleet, 'lives' | 'skewMs'>): (event: Webhook) => number {
  let clocks = '';
  let lately: { at: number; late: number }[] = [];
  return ({ at, sentAt, createdAt }) => {
    const { lives, skewMs } = fleet;
    const theirs = createdAt === undefined ? 0 : createdAt - sentAt;
    const now = `${lives} ${skewMs} ${theirs}`;
    if (now !== clocks) lately = [];
    clocks = now;
    if (skewMs === 0 && theirs === 0) return sentAt;
    const late = at - sentAt;
    lately = lately.filter((other) => other.at > at - LATELY_MS && other.late < late);
    lately.push({ at, late });
    return at - (late - Math.min(...lately.map((other) => other.late)));
  };
}
