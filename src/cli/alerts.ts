import type { Command } from 'commander';
import { AlertsAnswer, AlertsTestAnswer } from '../engine/alert-answers.ts';
import { wordsIn } from '../engine/alerting/message.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

/** `ratchet alerts`: what is raised, who is told, and whether that arrives. */
export function registerAlerts(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const alerts = program
    .command('alerts')
    .summary('list the alerts that are raised now, and who is told of them; send a test')
    .description(
      'Lists the alerts that are raised now, each with what to do about it, and the targets that are told of them (alerts: in ratchet.yaml).',
    )
    .helpCommand(false)
    .option('--json', 'print one JSON object (ratchet.alerts/1)');
  addSettings(alerts, CLIENT_SETTINGS)
    .addHelpText(
      'after',
      `
Examples:
  ratchet alerts --api-file ratchet-api.key
  ratchet alerts test
  ratchet alerts test --to ops

Exit codes: 0 none is raised, 1 some are, 2 wrong input, 3 server not reached.`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const api = openApi(world, flags);
      const answer = 'client' in api ? await api.client.get('alerts', AlertsAnswer) : api;
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : alertsText(answer.value));
      end(answer.value.alerts.length === 0 ? 0 : 1);
    });

  const test = alerts
    .command('test')
    .summary('send a test to every target, or to one, and print what each answered')
    .description(
      'Has the running server send a test message to every target of alerts, or to one, once and at once, and prints what each answered.',
    )
    .option('--to <name>', 'only to this target')
    .option('--by <who>', 'who does it, for the message and the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.alerts-test/1)');
  addSettings(test, CLIENT_SETTINGS)
    .addHelpText(
      'after',
      `
Examples:
  ratchet alerts test
  ratchet alerts test --to ops --note "new channel"

Exit codes: 0 all arrived, 1 some did not, 2 wrong input: nothing was sent, 3 server not reached.`,
    )
    .action(async (_own: unknown, command: Command) => {
      // Both verbs have --json, --api and the rest: those before "test" count as well.
      const flags = command.optsWithGlobals() as Record<string, unknown>;
      const { to, by, note } = flags;
      const api = openApi(world, flags);
      const answer = 'client' in api ? await api.client.post('alerts/test', { to, by, note }, AlertsTestAnswer) : api;
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : testText(answer.value));
      end(answer.value.results.every(({ arrived }) => arrived) ? 0 : 1);
    });

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function alertsText({ alerts, targets }: AlertsAnswer): string {
  const blocks = alerts.map((alert) => {
    const { key, since, urgency, sentence, remedy } = alert;
    const told = urgency === 'immediate' ? '' : ', told in the digest';
    const said = wordsIn(alert);
    return [
      `${key}, since ${instantText(since)}${told}`,
      `  ${sentence}`,
      ...(said === undefined ? [] : [`  It says: ${said}`]),
      `  What to do: ${remedy}`,
      '',
    ];
  });
  const head =
    alerts.length === 0 ? 'No alert is raised.' : `${counted(alerts.length, 'alert')} ${alerts.length === 1 ? 'is' : 'are'} raised.`;
  const lines = [head, '', ...blocks.flat()].map(printable).join('\n');
  return `${lines}\n${targetsText(targets)}`;
}

function targetsText(targets: AlertsAnswer['targets']): string {
  if (targets.length === 0) return 'Nobody is told of alerts: alerts: in ratchet.yaml names no target.\n';
  const rows = targets.map(({ name, form, host, waiting, takenAt, failingSince, said }) => [
    name,
    form,
    host,
    String(waiting),
    takenAt === undefined ? '-' : instantText(takenAt),
    failingSince === undefined ? (said ?? '-') : `since ${instantText(failingSince)}: ${said ?? 'no answer'}`,
  ]);
  return table([['TARGET', 'FORM', 'HOST', 'WAITING', 'LAST TAKEN', 'TROUBLE'], ...rows]);
}

function testText({ results }: AlertsTestAnswer): string {
  const rows = results.map(({ target, form, host, arrived, said }) => [target, form, host, arrived ? 'arrived' : 'did not arrive', said]);
  return table([['TARGET', 'FORM', 'HOST', 'TEST', 'IT SAID'], ...rows]);
}
