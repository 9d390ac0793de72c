import { REASONS, type ReasonName } from '../../src/reasons/reasons.ts';
import type { Fleet } from './harness.ts';
import type { Standings } from './run.ts';

export interface DemoFigures {
  commands: number;
  declarations: number;
  violations: number;
  wallSeconds: number;
  days: number;
}

/** The table that ends the demo, for `width` columns. */
export function summary(fleet: Fleet, standings: Standings, figures: DemoFigures, width: number): string {
  const { wrong, eligible, verified, counts } = standings;
  const rows = Object.entries(counts).sort(
    ([a, x], [b, y]) => Number(b === 'verified') - Number(a === 'verified') || y - x || (a < b ? -1 : 1),
  );
  const name = Math.max(...rows.map(([reason]) => reason.length));
  const margin = ' '.repeat(name + 9);
  const cells = rows.flatMap(([reason, count]) => {
    const { sentence, remedy, needsPerson } = REASONS[reason as ReasonName] ?? { sentence: '', remedy: '', needsPerson: false };
    const text = wrap(sentence, width - margin.length);
    const help = needsPerson && remedy !== '' ? wrap(`→ ${remedy}`, width - margin.length) : [];
    return [
      `${String(count).padStart(5)}  ${reason.padEnd(name)}  ${text[0] ?? ''}`,
      ...[...text.slice(1), ...help].map((line) => `${margin}${line}`),
    ];
  });
  const { days, wallSeconds, commands, declarations, violations } = figures;
  return [
    `${fleet.world.devices.length} devices, ${days} days in ${wallSeconds.toFixed(0)} seconds: ${verified} of the ${eligible} that can get there were seen at the required OS.`,
    '',
    ...cells,
    '',
    `${commands} commands, ${declarations} dates fetched by devices, ${violations === 0 ? 'no promise broken' : `PROMISES BROKEN: ${violations}`}.`,
    ...(wrong.length === 0
      ? ['Every device is where the world expected it before Ratchet started.']
      : [
          '',
          'Not where the world expected them:',
          ...wrong.map((each) => `  ${each.name} ${each.id}: expected ${each.expected}, is ${each.reason}`),
        ]),
    '',
  ].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < Math.max(width, 24)) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
