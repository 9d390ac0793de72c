/** Durations as people write them in ratchet.yaml: "24h", "7d", "1d12h", "90m". */

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "90m", "24h", "7d", "2w" or a sum such as "1d12h". Undefined when it is something else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,5}[mhdw])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([mhdw])/g)) total += Number(count) * (UNIT_MS[unit as string] as number);
  return total;
}

/** The shortest text that parseDuration reads back as the same whole minutes: "24h", "7d", "1d12h". */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms / 60_000);
  if (rest === 0) return '0m';
  const parts: string[] = [];
  // 24h and 48h are said in hours, as the rules say them; longer ones in days.
  for (const [unit, minutes, from] of [
    ['d', 1440, 5760],
    ['h', 60, 60],
    ['m', 1, 1],
  ] as const) {
    if (rest < from) continue;
    parts.push(`${Math.floor(rest / minutes)}${unit}`);
    rest %= minutes;
  }
  return parts.join('');
}
