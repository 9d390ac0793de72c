import type { Command } from 'commander';
import type { AttemptAnswer, WhyAnswer } from '../engine/answers.ts';
import { outcomeText } from './attempts.ts';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { instantText, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

const TIMELINE_MAX = 20;

export function registerWhy(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('why')
    .argument('<id|serial>', 'enrollment id (UDID) or serial number')
    .summary('say why one device is, or is not, where it should be')
    .description(
      'Says what the device runs and should run, by which policy and release, how its date was derived, how each check turned out, what was sent and answered, and what happens next.',
    )
    .option('--json', 'print one JSON object (ratchet.why/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet why C02LAB0001
  ratchet why 7B0C9D1E-33A4-4C55-9E6F-0123456789AB --json

Exit codes: 0 fine, 2 wrong input (no such device), 3 server not reached.`,
    )
    .action(async (idOrSerial: string, flags: { json?: boolean }) => {
      const answer = await read(world, flags, (source) => source.why(idOrSerial));
      if (!answer.ok) {
        world.stderr(`${answer.message}\n`);
        return end(answer.exitCode);
      }
      world.stdout(flags.json === true ? json(answer.value) : whyText(answer.value));
      end(0);
    });
  addSettings(command, READ_SETTINGS);
}

/** Instants go by names such as observedAt and since. */
function evidenceText(key: string, value: unknown): string {
  if (typeof value === 'number' && /(At|^at|^since)$/.test(key)) return value === 0 ? 'never' : instantText(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the device said, in parentheses; nothing where the outcome says it. */
function answerOf({ answer, action, actionAnswered, updateStatus, error }: AttemptAnswer): string {
  const other = actionAnswered === action || actionAnswered === 'Error' ? undefined : actionAnswered;
  const said = [answer, other, updateStatus, error && `${error.domain} ${error.code}: ${error.description}`];
  const text = said.filter((part) => part !== undefined).join(', ');
  return text === '' ? '' : ` (${text})`;
}

/** What became of settings that were handed out. A refusal holds up no update. */
const SETTINGS_STATE: Readonly<Record<string, string>> = {
  'not-fetched': 'not fetched yet',
  fetched: 'fetched',
  valid: 'in force',
  invalid: 'refused by the device (its updates go on)',
};

/** By a person, for this device. */
const ORDERED = { paused: 'paused', exempt: 'exempt to the end of', 'more-time': 'no date before' } as const;

/** The answer in the order a person asks: what is it, why, what now, and how do you know. */
export function whyText(why: WhyAnswer): string {
  const lines: string[] = [];
  const fact = (name: string, ...parts: (string | undefined)[]): void => {
    const text = parts.filter((part) => part !== undefined && part !== '').join(', ');
    if (text !== '') lines.push(`  ${`${name}:`.padEnd(11)} ${text}`);
  };
  const { device, runs, wants, date } = why;
  const seen =
    device.lastSeenAt === undefined
      ? undefined
      : device.lastSeenAt === 0
        ? 'not heard of yet'
        : `last seen ${instantText(device.lastSeenAt)}`;
  const supervision = device.supervised === undefined ? undefined : device.supervised ? 'supervised' : 'not supervised';

  lines.push(`${device.serial ?? device.id}: ${why.reason}`, `  ${why.sentence}`);
  if (why.remedy !== '') lines.push(`  ${why.needsPerson ? 'To do: ' : ''}${why.remedy}`);
  lines.push('');
  fact('device', device.name, device.platform, device.productName, supervision, device.serial === undefined ? undefined : device.id, seen);
  fact('tags', device.tags?.join(', '));
  fact('owner’s page', device.ownersPage);
  const observed =
    runs.observedAt === undefined
      ? undefined
      : `seen ${instantText(runs.observedAt)}${runs.source === undefined ? '' : ` in ${runs.source}`}`;
  fact('runs', runs.version ?? 'not known', runs.build, observed);
  fact('should run', wants?.release ?? wants?.version, wants?.build, wants?.policy === undefined ? undefined : `policy ${wants.policy}`);
  const zone = date?.zone === undefined ? undefined : `${date.zoneAssumed === true ? 'zone assumed' : 'zone'} ${date.zone}`;
  fact('date', date?.enforced?.replace('T', ' '), zone);
  for (const step of date?.steps ?? []) lines.push(`              ${step}`);
  for (const { kind, until, by, note } of why.overrides ?? [])
    fact('ordered', `${ORDERED[kind]}${until === undefined ? '' : ` ${until}`}`, `by ${by}`, note);
  for (const { sentence, wins, remedy } of why.conflicts ?? []) {
    fact('conflict', sentence);
    lines.push(`              wins: ${wins}`, `              to do: ${remedy}`);
  }
  if (why.commands !== undefined) commandFacts(why.commands);
  if (why.settings !== undefined) settingsFacts(why.settings);
  if (why.next !== undefined)
    fact('next', why.next.text.replace(/\.$/, ''), why.next.at === undefined ? undefined : `looked at again ${instantText(why.next.at)}`);

  const signs = { passed: '+', objected: '!', 'not-applicable': ' ' };
  section(
    'Evidence',
    Object.entries(why.evidence).map(([key, value]) => `${key}: ${evidenceText(key, value)}`),
  );
  section(
    'Checks (+ passed, ! decided or in the way, blank: not asked any more)',
    why.checks.map(({ name, outcome, detail }) => `${signs[outcome]} ${name}${detail === undefined ? '' : `: ${detail}`}`),
  );
  section(
    'Update commands (all of them: ratchet attempts --device)',
    (why.commands?.last ?? []).map(
      (attempt) => `${instantText(attempt.decidedAt)}  ${attempt.action} ${attempt.release}  ${outcomeText(attempt)}${answerOf(attempt)}`,
    ),
  );
  section(
    'Known bugs of its OS version',
    (why.commands?.knownBugs ?? []).flatMap(({ id, effect, whatWeDo, source }) => [
      `${id}: ${effect}`,
      `  Ratchet: ${whatWeDo}`,
      `  Source: ${source}`,
    ]),
  );
  section(
    'Sent',
    why.sent.map(({ at, what, state, answer }) => `${instantText(at)}  ${what}  ${state}${answer === undefined ? '' : `: ${answer}`}`),
  );
  const timeline = why.timeline.slice(-TIMELINE_MAX).map(({ at, text }) => `${instantText(at)}  ${text}`);
  section(why.timeline.length > TIMELINE_MAX ? `Timeline (last ${TIMELINE_MAX} of ${why.timeline.length})` : 'Timeline', timeline);
  return `${lines.map(printable).join('\n')}\n`;

  function commandFacts({ sentFrom, isForecast, window }: NonNullable<WhyAnswer['commands']>): void {
    const verb = isForecast === true ? 'would be' : 'are';
    const from = sentFrom?.replace('T', ' ').replace(/:00$/, '');
    fact('brought by', 'commands (ScheduleOSUpdate)', from && `install commands ${verb} sent from ${from} device time on`);
    if (window?.isOpen === false) fact('window', `opens ${instantText(window.opensAt)}`, `closes ${instantText(window.closesAt)}`);
    if (window?.isOpen === true)
      fact(
        'window',
        `open until ${instantText(window.closesAt)}`,
        window.nextOpensAt === undefined ? undefined : `opens again ${instantText(window.nextOpensAt)}`,
      );
  }

  function settingsFacts({ keys, isHandedOut, leftOut, state, reasons }: NonNullable<WhyAnswer['settings']>): void {
    const standing = isHandedOut ? SETTINGS_STATE[state] : keys.length > 0 ? 'not handed out' : undefined;
    fact('settings', keys.join(', ') || 'none', standing);
    for (const reason of reasons) lines.push(`              ${reason}`);
    for (const { key, because } of leftOut) lines.push(`              without ${key}: ${because}`);
  }

  function section(title: string, items: readonly string[]): void {
    if (items.length > 0) lines.push('', title, ...items.map((item) => `  ${item}`));
  }
}
