import { formatDuration } from '../policy/duration.ts';
import type { Halt, Ring } from '../policy/policy.types.ts';
import { DAY_MS, HOUR_MS } from '../time/local.ts';

/** Gates and halts as people read them: what a policy says, whatever has become of it. */

/** What it takes for the ring of that index to open: a sentence without its end. */
export function gateText(rings: readonly Ring[], index: number): string {
  const { afterMs } = rings[index] as Ring;
  const before = rings[index - 1];
  if (before === undefined)
    return afterMs === 0 ? 'opens with the first device that wants the release' : `opens ${spanText(afterMs)} after the release counts`;
  const { name, promote } = before;
  const { by, successPercent, minimum, soakMs, atLatestMs } = promote;
  const latest = atLatestMs === undefined ? '' : `; ${spanText(atLatestMs)} after ${name} opened in any case, unless it is halted`;
  if (by === 'person') return `opens when a person approves it${latest}`;
  const some = minimum > 1 ? `, ${minimum} devices at least` : '';
  const openMs = Math.max(afterMs, soakMs);
  const open = openMs === 0 ? '' : ` and ${name} has been open for ${spanText(openMs)}`;
  return `opens when ${successPercent} % of those in ${name} that got it run it${some}${open}${latest}`;
}

/** What halts it by itself. */
export function haltText({ failedPercent, of, stuckPercent }: Halt, ofByDefault: number): string {
  const from = `from ${of ?? ofByDefault} devices on that got it`;
  const stuck = stuckPercent === undefined ? '' : `, or ${stuckPercent} % make no progress for two days`;
  return `${failedPercent} % fail to install it${stuck}; counted ${from}`;
}

/** "2 days", "36 hours", "1d12h". */
function spanText(ms: number): string {
  const [unit, of] = ms % DAY_MS === 0 && ms >= 2 * DAY_MS ? ['day', DAY_MS] : ['hour', HOUR_MS];
  if (ms % (of as number) !== 0) return formatDuration(ms);
  const count = ms / (of as number);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
