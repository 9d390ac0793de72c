import type { LedgerLine } from '../policy/ledger.ts';
import { DAY_MS, type Instant, type LocalDateTime } from '../time/local.ts';

/** What became of one release. Times are days since Apple first offered it to the device. */
export interface ReleaseResult {
  release: string;
  firstSeenAt: Instant;
  /** Devices it was new for. */
  devices: number;
  /** Of them, those that run it or something newer at the end. */
  reached: number;
  /** Days until so many percent of them did; null: never within the replay. */
  daysTo: { p50: number | null; p90: number | null; p99: number | null };
  /** Lines of the ledger, the earliest date and the latest (device wall time). */
  lines: number;
  firstDate?: LocalDateTime;
  lastDate?: LocalDateTime;
  rings: { policy: string; ring: string; openedAt: Instant; because: string }[];
  withdrawnAt?: Instant;
}

export interface ReleaseTally {
  seen(release: string, firstSeenAt: Instant, devices: number): void;
  reached(release: string, after: number, devices: number): void;
  line(line: LedgerLine, devices: number): void;
  withdrawn(release: string, at: Instant): void;
  readonly linesSet: number;
  results(rings: ReadonlyMap<string, ReleaseResult['rings']>): ReleaseResult[];
}

interface Counted {
  firstSeenAt: Instant;
  devices: number;
  reached: { after: number; devices: number }[];
  lines: number;
  firstDate?: LocalDateTime;
  lastDate?: LocalDateTime;
  withdrawnAt?: Instant;
}

export function createReleaseTally(): ReleaseTally {
  const releases = new Map<string, Counted>();
  let linesSet = 0;

  function of(release: string, firstSeenAt: Instant): Counted {
    const known = releases.get(release) ?? { firstSeenAt, devices: 0, reached: [], lines: 0 };
    known.firstSeenAt = Math.min(known.firstSeenAt, firstSeenAt);
    releases.set(release, known);
    return known;
  }

  return {
    seen(release, firstSeenAt, devices) {
      of(release, firstSeenAt).devices += devices;
    },
    reached(release, after, devices) {
      of(release, Number.POSITIVE_INFINITY).reached.push({ after, devices });
    },
    line({ release, clockStartAt, dueLocal }, devices) {
      linesSet += devices;
      const counted = of(release, clockStartAt);
      counted.lines += devices;
      if (counted.firstDate === undefined || dueLocal < counted.firstDate) counted.firstDate = dueLocal;
      if (counted.lastDate === undefined || dueLocal > counted.lastDate) counted.lastDate = dueLocal;
    },
    withdrawn(release, at) {
      of(release, at).withdrawnAt ??= at;
    },
    get linesSet() {
      return linesSet;
    },
    results(rings) {
      return [...releases]
        .filter(([, { devices, lines }]) => devices + lines > 0)
        .sort(([a, { firstSeenAt: one }], [b, { firstSeenAt: other }]) => one - other || (a < b ? -1 : 1))
        .map(([release, { reached, ...counted }]) => ({
          release,
          ...counted,
          reached: reached.reduce((sum, { devices }) => sum + devices, 0),
          daysTo: daysTo(reached, counted.devices),
          rings: rings.get(release) ?? [],
        }));
    },
  };
}

function daysTo(reached: readonly { after: number; devices: number }[], devices: number): ReleaseResult['daysTo'] {
  const sorted = [...reached].sort((a, b) => a.after - b.after);
  const at = (share: number): number | null => {
    let sum = 0;
    for (const { after, devices: count } of sorted) {
      sum += count;
      if (devices > 0 && sum >= share * devices) return Math.round((after / DAY_MS) * 10) / 10;
    }
    return null;
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}
