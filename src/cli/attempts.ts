import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { AttemptAnswer, AttemptsAnswer } from '../engine/answers.ts';
import { ATTEMPTS_SINCE, sinceProblem } from '../engine/show/attempts.ts';
import { parseDuration } from '../policy/duration.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

/** Rows of the table; --csv and --json have all. */
const ROWS_MAX = 200;

export function registerAttempts(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('attempts')
    .summary('show every update command (ScheduleOSUpdate) and what became of it')
    .description(
      'Shows each ScheduleOSUpdate sent to older systems: on what, from and to which version, what was answered, and what became of it. Kinds of attempts that mostly come to nothing are proposed as known bugs.',
    )
    .option('--device <id|serial>', 'only those of one device')
    .option('--since <duration>', 'how far back, such as 30d or 12h', ATTEMPTS_SINCE)
    .option('--json', 'print one JSON object (ratchet.attempts/1)')
    .option('--csv', 'print CSV with every column; cells that a spreadsheet would run as formulas are escaped')
    .addHelpText(
      'after',
      `
Examples:
  ratchet attempts --api-file ratchet-api.key
  ratchet attempts --device C02LAB0001 --since 90d
  ratchet attempts --csv > attempts.csv

Exit codes: 0 fine, 2 wrong input (no such device, no duration), 3 server not reached.`,
    )
    .action(async (flags: { json?: boolean; csv?: boolean; device?: string; since: string }) => {
      const { since, device } = flags;
      if (flags.json === true && flags.csv === true) return refuse('Say --json or --csv, not both.');
      if (parseDuration(since) === undefined) return refuse(`--${sinceProblem(since)}`);
      const answer = await read(world, flags, (source) => source.attempts({ since, ...(device === undefined ? {} : { device }) }));
      if (!answer.ok) return refuse(answer.message, answer.exitCode);
      const { value } = answer;
      world.stdout(flags.json === true ? json(value) : flags.csv === true ? csv(value) : attemptsText(value, since));
      end(0);
    });
  addSettings(command, READ_SETTINGS);

  function refuse(message: string, code: ExitCode = 2): void {
    world.stderr(`${message}\n`);
    end(code);
  }
}

type Cell = string | number | boolean | undefined;

const instant = (at: number | undefined): Cell => (at === undefined ? undefined : rfc3339(at));

const COLUMNS: readonly [string, (attempt: AttemptAnswer) => Cell][] = [
  ['decided_at', ({ decidedAt }) => instant(decidedAt)],
  ['id', ({ enrollmentId }) => enrollmentId],
  ['serial', ({ serialNumber }) => serialNumber],
  ['model', ({ model }) => model],
  ['from', ({ fromVersion }) => fromVersion],
  ['from_build', ({ fromBuild }) => fromBuild],
  ['to', ({ toVersion }) => toVersion],
  ['release', ({ release }) => release],
  ['action', ({ action }) => action],
  ['action_answered', ({ actionAnswered }) => actionAnswered],
  ['attempt', ({ attempt }) => attempt],
  ['command_uuid', ({ commandUuid }) => commandUuid],
  ['space_gb', ({ availableDeviceCapacity }) => availableDeviceCapacity],
  ['battery', ({ batteryLevel }) => batteryLevel],
  ['power', ({ power }) => power],
  ['network', ({ network }) => network],
  ['passcode', ({ passcodePresent }) => passcodePresent],
  ['sent_at', ({ sentAt }) => instant(sentAt)],
  ['not_now', ({ notNowCount }) => notNowCount],
  ['answered_at', ({ answeredAt }) => instant(answeredAt)],
  ['answer', ({ answer }) => answer],
  ['update_status', ({ updateStatus }) => updateStatus],
  ['error_domain', ({ error }) => error?.domain],
  ['error_code', ({ error }) => error?.code],
  ['error', ({ error }) => error?.description],
  ['reason', ({ reason }) => reason],
  ['late', ({ isLate }) => isLate],
  ['stage', ({ stage }) => stage],
  ['outcome', ({ outcome }) => outcome],
  ['outcome_at', ({ outcomeAt }) => instant(outcomeAt)],
];

function csv({ attempts }: AttemptsAnswer): string {
  const rows = attempts.map((attempt) => COLUMNS.map(([, cell]) => cell(attempt)));
  return stringify([COLUMNS.map(([name]) => name), ...rows], {
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: (value) => (value ? 'yes' : 'no') },
  });
}

/** Fits 100 columns. */
export function attemptsText({ attempts, proposals, isComplete, device }: AttemptsAnswer, since: string): string {
  if (attempts.length === 0) return empty(since, device);
  const shown = attempts.slice(-ROWS_MAX);
  const heading = ['AT (UTC)', 'SERIAL', 'MODEL', 'FROM → TO', 'ACTION', 'OUTCOME'];
  const rows = shown.map((attempt) => [
    instantText(attempt.decidedAt).slice(5, 16),
    cut(attempt.serialNumber ?? attempt.enrollmentId, 12),
    cut(attempt.model ?? '-', 14),
    cut(`${attempt.fromVersion ?? '?'} → ${attempt.toVersion}`, 16),
    cut(attempt.action, 19),
    cut(outcomeText(attempt), 18),
  ]);
  const counts = new Map<string, number>();
  for (const { outcome } of attempts) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const totals = [...counts].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} ${outcome}`);
  const lines = [`${counted(attempts.length, 'attempt')} in the last ${since}: ${totals.join(', ')}`];
  if (shown.length < attempts.length) lines.push(`The last ${shown.length} are shown; --csv and --json have all.`);
  if (!isComplete) lines.push('There are more than one answer holds: a shorter --since shows all of its time.');
  if (proposals.length > 0)
    lines.push(
      '',
      'Perhaps known bugs (fewer than half of at least 5 answered attempts ended verified):',
      ...proposals.flatMap(({ text, devices, knownBug }) => [
        `  ${printable(text)}`,
        `    on ${counted(devices, 'device')}${knownBug === undefined ? '' : `; known as ${printable(knownBug)}`}`,
      ]),
    );
  return `${table([heading, ...rows])}\n${lines.join('\n')}\n`;
}

/** The outcome, and while it is open, how far it got. */
export function outcomeText({ outcome, error, answer, sentAt, notNowCount, stage, isLate }: AttemptAnswer): string {
  const late = isLate ? ', late' : '';
  if (outcome === 'failed') return `failed ${error?.code ?? ''}`.trimEnd() + late;
  if (outcome !== 'open') return outcome + late;
  const is = answer !== undefined ? (stage ?? answer) : notNowCount > 0 ? 'NotNow' : sentAt === undefined ? 'not sent yet' : 'sent';
  return is + late;
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

function empty(since: string, device: string | undefined): string {
  const whose = device === undefined ? '' : ' for this device';
  return `No update command was wanted${whose} in the last ${since}.
Commands (ScheduleOSUpdate) are only for systems without update declarations: iOS and iPadOS before
17, macOS before 14, tvOS before 18.4, or where a policy says channel: commands. The download is
asked for when the device is behind, the installation from its date on, within its window; each is
a row here. ratchet why <id|serial> says where one device stands.
`;
}
