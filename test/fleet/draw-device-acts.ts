import type { Prng } from '../../src/sim/prng.ts';
import type { RunSpec } from './run-spec.ts';

type DeviceActs = NonNullable<RunSpec['deviceActs']>;

/** The first weeks: dates are handed out, fetched and come then. */
const WEEKS_MINUTES = 14 * 24 * 60;

/** Some days in the first weeks for some devices; several of them for one device now and then. */
export function drawDeviceActs(prng: Prng, pace: number, devices: number): DeviceActs {
  const acts: DeviceActs = [];
  let device = 0;
  for (let count = prng.int(3, 12); count > 0; count -= 1) {
    if (acts.length === 0 || prng.chance(0.7)) device = prng.int(0, devices - 1);
    acts.push(...drawOrder(prng, pace, device));
  }
  return acts.sort((a, b) => a.afterMinutes - b.afterMinutes);
}

/** One, and perhaps its end. Which of them makes no sense nobody knows before. */
function drawOrder(prng: Prng, pace: number, device: number): DeviceActs {
  const afterMinutes = Math.round(prng.int(60, WEEKS_MINUTES) * pace);
  const some = (days: number) => Math.ceil(prng.int(0, days) * pace);
  const end = (hours: number) => ({
    afterMinutes: afterMinutes + Math.round(prng.int(10, hours * 60) * pace),
    act: 'resume' as const,
    device,
  });
  const act = prng.weighted([
    [5, 'exempt'] as const,
    [5, 'more-time'] as const,
    [3, 'pause'] as const,
    [1, 'resume'] as const,
    [1, 'recheck'] as const,
    [1, 'ask'] as const,
  ]);
  const said = { afterMinutes, act, device };
  switch (act) {
    case 'exempt': {
      // A day that is over, one too far ahead, and one that no run reaches.
      const untilDays = prng.weighted([
        [14, some(8)],
        [2, -1],
        [1, 400],
        [3, prng.int(200, 360)],
      ]);
      return [{ ...said, untilDays }, ...(prng.chance(0.3) ? [end(96)] : [])];
    }
    case 'more-time':
      return [
        {
          ...said,
          untilDays: prng.weighted([
            [12, 1 + some(20)],
            [1, -1],
          ]),
        },
        ...(prng.chance(0.3) ? [end(96)] : []),
      ];
    case 'pause':
      return [said, ...(prng.chance(0.85) ? [end(120)] : [])];
    default:
      return [said];
  }
}
