import { REASONS, type ReasonName } from '../../src/reasons/reasons.ts';
import type { WorldEvent } from '../../src/sim/world.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import type { Fleet } from './harness.ts';
import type { Progress, Standings } from './run.ts';

const BAR_WIDTH = 32;
const EVENTS_SHOWN = 6;
const REASONS_SHOWN = 12;

/** What a person sees while the demo runs: a bar, counts by reason, the last events in words. On a terminal it redraws itself; elsewhere a line now and then. */
export interface DemoScreen {
  show(progress: Progress): void;
  end(): void;
}

export function createDemoScreen(fleet: Fleet, out: NodeJS.WriteStream): DemoScreen {
  const last: string[] = [];
  let drawn = 0;
  let toldDay = -1;
  fleet.world.onEvent((event) => {
    const words = inWords(event);
    if (words === undefined) return;
    last.push(`${event.local.slice(5, 16).replace('T', ' ')}  ${event.name.padEnd(12)} ${words}`);
    if (last.length > EVENTS_SHOWN) last.shift();
  });

  function lines({ now, standings, isHealed }: Progress): string[] {
    const devices = fleet.world.devices.length;
    const settled = devices - standings.wrong.length;
    const filled = Math.round((settled / devices) * BAR_WIDTH);
    const day = ((now - fleet.startedAt) / DAY_MS).toFixed(1);
    const counts = Object.entries(standings.counts).sort(([, a], [, b]) => b - a);
    return [
      `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}  ${settled}/${devices} settled   day ${day}   ${isHealed ? 'faults over' : 'faults on'}`,
      '',
      ...counts.slice(0, REASONS_SHOWN).map(([reason, count]) => `  ${String(count).padStart(4)}  ${reason}`),
      ...(counts.length > REASONS_SHOWN ? [`        and ${counts.length - REASONS_SHOWN} more reasons`] : []),
      '',
      ...last.map((line) => `  ${line}`),
    ];
  }

  function clear(): void {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  }

  return {
    show(progress) {
      if (!out.isTTY) {
        const day = Math.floor((progress.now - fleet.startedAt) / DAY_MS);
        if (day === toldDay || day % 5 !== 0) return;
        toldDay = day;
        out.write(`day ${day}: ${progress.standings.verified} of ${progress.standings.eligible} verified\n`);
        return;
      }
      clear();
      const width = (out.columns ?? 80) - 1;
      const text = lines(progress).map((line) => line.slice(0, width));
      out.write(`${text.join('\n')}\n`);
      drawn = text.length;
    },
    end: clear,
  };
}

/** Only what a person wants to read of the world's events. */
function inWords(event: WorldEvent): string | undefined {
  switch (event.kind) {
    case 'command':
      return event.answer === 'NotNow' ? `answers NotNow to ${event.requestType}` : undefined;
    case 'dm':
      return event.enforcement
        ? `fetches: ${event.enforcement.targetOSVersion} by ${event.enforcement.targetLocalDateTime.replace('T', ' ')}`
        : undefined;
    case 'state':
      return event.failure ? `fails: ${event.failure}` : `is ${event.installState} (${event.targetVersion})`;
    case 'installing':
      return `restarts to install ${event.to} (${event.cause === 'owner' ? 'its owner chose to' : 'its date has come'})`;
    case 'installed':
      return `runs ${event.to} now`;
    case 'feed':
      return event.fault ? `Apple's feed: ${event.fault}` : undefined;
    case 'healed':
      return 'all faults are over';
    default:
      return undefined;
  }
}

/** The table that ends the demo. */
export function summary(
  fleet: Fleet,
  standings: Standings,
  figures: { commands: number; declarations: number; violations: number; wallSeconds: number; days: number },
): string {
  const rows = Object.entries({ verified: standings.verified, ...standings.needPerson }).sort(([a, x], [b, y]) =>
    a === 'verified' ? -1 : b === 'verified' ? 1 : y - x,
  );
  const width = Math.max(...rows.map(([reason]) => reason.length));
  const body = rows.map(([reason, count]) => {
    const { sentence, remedy, needsPerson } = REASONS[reason as ReasonName];
    return `  ${String(count).padStart(4)}  ${reason.padEnd(width)}  ${sentence}${needsPerson && remedy ? `\n        ${' '.repeat(width)}  → ${remedy}` : ''}`;
  });
  const wrong = standings.wrong.map(({ name, id, expected, reason }) => `  ${name} ${id}: expected ${expected}, is ${reason}`);
  return [
    `${fleet.world.devices.length} devices after ${figures.days} virtual days (${figures.wallSeconds.toFixed(0)} s): ${standings.verified} of ${standings.eligible} that could be updated were seen at the required OS.`,
    '',
    ...body,
    '',
    `${figures.commands} commands, ${figures.declarations} enforcement declarations fetched, ${figures.violations} promises broken.`,
    ...(wrong.length > 0 ? ['', 'Not where the world expected them:', ...wrong] : []),
    '',
  ].join('\n');
}
