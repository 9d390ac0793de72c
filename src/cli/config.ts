import type { Command } from 'commander';
import { z } from 'zod';
import { loadConfiguration } from '../config/load-configuration.ts';
import { formatProblem } from '../config/problem.ts';
import { SETTING_NAMES } from '../config/settings.ts';
import { settingsInForce } from '../config/settings-in-force.ts';
import { type AlertSettings, hostOf } from '../engine/alerting/target.types.ts';
import { type ForwardSettings, MEBIBYTE } from '../engine/forward/target.types.ts';
import { formatDuration } from '../policy/duration.ts';
import type { ExitCode } from './exit-code.ts';
import { addSettings, SECRETS_HELP } from './setting-options.ts';
import { json, table } from './text.ts';
import type { CliWorld } from './world.ts';

export const ConfigAnswer = z.object({
  schema: z.literal('ratchet.config/1'),
  settings: z.array(
    z.object({
      name: z.string(),
      flag: z.string(),
      variable: z.string(),
      /** Text; "set" for a secret; null when not set. */
      value: z.string().nullable(),
      origin: z.string(),
    }),
  ),
  /** Who is told of alerts; addresses by their host only. Absent: nobody. */
  alerts: z
    .object({
      digest: z.object({ at: z.string(), timeZone: z.string() }),
      to: z.array(
        z.object({ name: z.string(), form: z.string(), host: z.string(), tell: z.string(), kinds: z.array(z.string()).optional() }),
      ),
    })
    .optional(),
  /** Who gets webhooks from us; addresses by their host only. Absent: nobody. */
  forward: z
    .object({
      spool: z.enum(['memory', 'encrypted']),
      to: z.array(
        z.object({
          name: z.string(),
          host: z.string(),
          /** Absent: all. */
          topics: z.array(z.string()).optional(),
          queue: z.object({ events: z.int(), megabytes: z.int(), age: z.string() }),
        }),
      ),
    })
    .optional(),
});
export type ConfigAnswer = z.infer<typeof ConfigAnswer>;

export function registerConfig(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('config')
    .summary('print the settings in force and where each comes from')
    .description('Prints every setting, its value and where it comes from. Secrets show only as "set".')
    .option('--json', 'print one JSON object (ratchet.config/1)')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet config
  RATCHET_LOG_FORMAT=json ratchet config --json

Exit codes: 0 fine, 2 a setting is not accepted.`,
    )
    .action((flags: { json?: boolean }) => {
      const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, world.now());
      const { alerts, forward } = configuration;
      const told = {
        ...(alerts === undefined ? {} : { alerts: shownAlerts(alerts) }),
        ...(forward === undefined ? {} : { forward: shownForward(forward) }),
      };
      const answer: ConfigAnswer = { schema: 'ratchet.config/1', settings: settingsInForce(configuration), ...told };
      world.stdout(flags.json === true ? json(answer) : configText(answer));
      // What only serve needs is check's to say; here only what could not be read.
      const problems = configuration.settingsProblems.filter(({ file }) => file !== 'settings');
      for (const problem of problems) world.stderr(`${formatProblem(problem)}\n`);
      end(problems.length === 0 ? 0 : 2);
    });
  addSettings(command, SETTING_NAMES);
}

function shownAlerts({ digest, to }: AlertSettings): NonNullable<ConfigAnswer['alerts']> {
  return {
    digest,
    to: to.map((target) => {
      const { name, form, tell, kinds } = target;
      return { name, form, host: hostOf(target), tell, ...(kinds === undefined ? {} : { kinds: [...kinds] }) };
    }),
  };
}

function shownForward({ to, isSpooled }: ForwardSettings): NonNullable<ConfigAnswer['forward']> {
  return {
    spool: isSpooled ? 'encrypted' : 'memory',
    to: to.map((target) => {
      const { name, topics, limits } = target;
      const queue = { events: limits.events, megabytes: limits.bytes / MEBIBYTE, age: formatDuration(limits.ageMs) };
      return { name, host: hostOf(target), ...(topics === undefined ? {} : { topics: [...topics] }), queue };
    }),
  };
}

function configText({ settings, alerts, forward }: ConfigAnswer): string {
  const list = table([['SETTING', 'VALUE', 'FROM'], ...settings.map(({ flag, value, origin }) => [flag, value ?? 'not set', origin])]);
  return [list, ...(alerts === undefined ? [] : [alertsText(alerts)]), ...(forward === undefined ? [] : [forwardText(forward)])].join('\n');
}

function forwardText({ to, spool }: NonNullable<ConfigAnswer['forward']>): string {
  const targets = to.map(({ name, host, topics, queue: { events, megabytes, age } }) => [
    ...[name, host, topics?.join(', ') ?? 'all'],
    ...[String(events), `${megabytes} MB`, age],
  ]);
  const kept = spool === 'memory' ? 'in memory alone' : 'in the data folder too, encrypted';
  return `${table([['FORWARD TO', 'HOST', 'TOPICS', 'EVENTS', 'SIZE', 'AGE'], ...targets])}What waits for them is kept ${kept}.\n`;
}

function alertsText(alerts: NonNullable<ConfigAnswer['alerts']>): string {
  const targets = alerts.to.map(({ name, form, host, tell, kinds }) => [name, form, host, tell, kinds?.join(', ') ?? 'all']);
  const { at, timeZone } = alerts.digest;
  return `${table([['ALERTS TO', 'FORM', 'HOST', 'TELL', 'KINDS'], ...targets])}The digest comes at ${at} in ${timeZone}.\n`;
}
