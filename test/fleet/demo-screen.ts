import type { WorldEvent } from '../../src/sim/world.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import type { Fleet } from './harness.ts';
import type { Progress } from './run.ts';

const BAR_WIDTH = 32;
const EVENTS_SHOWN = 6;
const REASONS_SHOWN = 12;

/** What a person sees while the demo runs: a bar, counts by reason, the last events in words. On a terminal it redraws itself; elsewhere it is a line now and then. */
export interface DemoScreen {
  show(progress: Progress): void;
  /** Takes the picture away. */
  end(): void;
}

export function createDemoScreen(fleet: Fleet, out: NodeJS.WriteStream): DemoScreen {
  return out.isTTY ? createPicture(fleet, out) : createLines(fleet, out);
}

function createPicture(fleet: Fleet, out: NodeJS.WriteStream): DemoScreen {
  const devices = fleet.world.devices.length;
  const isColoured = process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb';
  const paint = (code: number, text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const last: string[] = [];
  let drawn = 0;
  const forget = fleet.world.onEvent((event) => {
    const words = inWords(event);
    if (words === undefined) return;
    last.push(`${dayText(event.at).padEnd(12)} ${event.name.padEnd(13)} ${words}`);
    if (last.length > EVENTS_SHOWN) last.shift();
  });

  function linesOf({ now, standings, isHealed }: Progress): { text: string; code?: number }[] {
    const there = devices - standings.wrong.length;
    const filled = Math.round((there / devices) * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    const counts = Object.entries(standings.counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const shown = counts.slice(0, counts.length > REASONS_SHOWN ? REASONS_SHOWN - 1 : REASONS_SHOWN);
    const others = counts.slice(shown.length).reduce((sum, [, count]) => sum + count, 0);
    return [
      { text: `${bar} ${there}/${devices}   ${dayText(now)}, day ${Math.floor((now - fleet.startedAt) / DAY_MS) + 1}`, code: 1 },
      {
        text: `${standings.verified} of ${standings.eligible} verified; ${isHealed ? 'no more faults' : 'webhooks get lost, calls fail, devices sleep'}`,
      },
      { text: '' },
      ...shown.map(([reason, count]) => ({
        text: `${String(count).padStart(5)}  ${reason}`,
        ...(reason === 'verified' ? { code: 32 } : {}),
      })),
      ...(others > 0 ? [{ text: `${String(others).padStart(5)}  for ${counts.length - shown.length} other reasons` }] : []),
      { text: '' },
      ...last.map((text) => ({ text, code: 2 })),
    ];
  }

  function clear(): void {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  }

  return {
    show(progress) {
      // One line less than there is room for: a picture that scrolls can't be taken back.
      const lines = linesOf(progress).slice(0, Math.max(2, (out.rows || 24) - 1));
      const width = (out.columns || 80) - 1;
      const text = lines.map((line) => (line.code === undefined ? line.text.slice(0, width) : paint(line.code, line.text.slice(0, width))));
      clear();
      out.write(`${text.join('\n')}\n`);
      drawn = text.length;
    },
    end() {
      forget();
      clear();
    },
  };
}

function createLines(fleet: Fleet, out: NodeJS.WriteStream): DemoScreen {
  let toldDay = 0;
  return {
    show({ now, standings }) {
      const day = Math.floor((now - fleet.startedAt) / DAY_MS) + 1;
      if (day === toldDay || day % 4 !== 1) return;
      toldDay = day;
      const { wrong, verified, eligible } = standings;
      out.write(
        `${dayText(now)}, day ${day}: ${verified} of ${eligible} verified, ${fleet.world.devices.length - wrong.length} where they end\n`,
      );
    },
    end() {},
  };
}

/** "Mon 14 Sep 08:00", UTC. */
function dayText(at: number): string {
  const [weekday = '', day, month, , time = ''] = new Date(at).toUTCString().split(' ');
  return `${weekday.slice(0, 3)} ${day} ${month} ${time.slice(0, 5)}`;
}

const INSTALL_CAUSES = { enforced: '', owner: ', by its owner', command: ', by a command' };
const STATES: Readonly<Record<string, string>> = { downloading: 'downloads', prepared: 'has downloaded', failed: 'fails to get' };

/** What a person wants to read of the world's events; nothing for the rest. */
function inWords(event: WorldEvent): string | undefined {
  switch (event.kind) {
    case 'dm': {
      const { enforcement } = event;
      return enforcement && `fetches: ${enforcement.targetOSVersion} by ${enforcement.targetLocalDateTime.slice(0, 16).replace('T', ' ')}`;
    }
    case 'state': {
      const verb = STATES[event.installState];
      return verb && `${verb} ${event.targetVersion}${event.failure === undefined ? '' : `: ${event.failure}`}`;
    }
    case 'installing':
      return `restarts to install ${event.to}${INSTALL_CAUSES[event.cause]}`;
    case 'installed':
      return `runs ${event.to} now`;
    case 'enrollment':
      return { enroll: 'enrolls', 're-enroll': 'is erased and enrolls again', 'check-out': 'leaves', dark: 'is never seen again' }[
        event.what
      ];
    case 'webhook':
      return event.status === 0 ? `its ${event.topic.replace('mdm.', '')} webhook is lost` : undefined;
    case 'feed':
      return event.fault && `Apple's lookup service: ${event.fault}`;
    case 'healed':
      return 'all faults are over';
    default:
      return undefined;
  }
}
