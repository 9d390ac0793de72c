import type { Command } from 'commander';
import { RolloutExpediteAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { againText, judgedLines } from './plan-difference.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

interface Flags extends Record<string, unknown> {
  by?: string;
  undo?: boolean;
  policy?: string;
  rings?: string;
  reason?: string;
  accept?: string;
  as?: string;
  json?: boolean;
}

/** `ratchet rollout expedite`. */
export function registerExpedite(rollout: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = rollout
    .command('expedite')
    .argument('<release>', 'such as "iOS 27.0.1", or 27.0.1 where only one policy means that version')
    .summary('open its rings now, and bring its date forward')
    .description(
      'Opens the rings of a release now and sets an earlier date for the devices that still miss it, never with less than 4 hours of notice. A date only gets nearer by it. One that would hand out to, or bring forward, more than 50 devices and more than a tenth of the fleet is held until its plan is accepted. Calls the running server; the act goes to its audit log.',
    )
    .option('--by <local time>', "by when, on each device's own clock: 2026-11-27T18:00")
    .option('--undo', 'take it back: dates are those of the policy again, and rings that were opened stay open')
    .option('--policy <name>', 'only under this policy; needed where several mean the release')
    .option('--rings <names>', 'only these rings, with commas between them, and the ones before them; without it all')
    .option('--reason <text>', 'why: required, shown beside the rollout and kept in the audit log')
    .option('--accept <plan>', 'the id of the plan it was held with: refused when it would do something else by now')
    .option('--as <who>', 'who does it, for the audit log', world.env.USER)
    .option('--json', 'print one JSON object (ratchet.rollout-expedite/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet rollout expedite "iOS 27.0.1" --by 2026-11-27T18:00 --reason "exploited, see ticket 4711"
  ratchet rollout expedite 27.0.1 --undo --reason "breaks the till app"

Exit codes: 0 done, 1 held until its plan is accepted, 2 refused: nothing was changed, 3 server not reached.`,
    )
    .action(async (release: string, flags: Flags) => {
      const { by: due, undo, policy, rings, reason, accept, as: by } = flags;
      if ((due === undefined) === (undo !== true))
        return refuse(2, 'Expected either --by, by when on each device’s clock, or --undo. Nothing was changed.');
      if (reason === undefined || reason.trim() === '') return refuse(2, 'Expected --reason: why it can’t wait. Nothing was changed.');
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const named = rings?.split(',').flatMap((name) => name.trim() || []);
      const body = { release, policy, ...(undo ? { undo } : { due, rings: named, accept }), by, note: reason };
      const answer = await api.client.post('rollouts/expedite', body, RolloutExpediteAnswer, { takesLong: true });
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : expediteText(answer.value));
      end(answer.value.result === 'held' ? 1 : 0);
    });
  addSettings(command, CLIENT_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function expediteText({ result, policy, release, due, rings, difference }: RolloutExpediteAnswer): string {
  const what = `${release} under ${policy}`;
  if (result === 'undone') return `${printable(`Taken back: ${what} has the dates of its policy again.`)}\n`;
  const when = `by ${due?.slice(0, 16).replace('T', ' ')} device time${rings === undefined ? '' : `, rings up to ${rings.join(', ')}`}`;
  const lines = [
    result === 'held' ? `Held, nothing was changed: ${what} ${when}.` : `Expedited: ${what} ${when}.`,
    ...(difference === undefined ? [] : judgedLines(difference, result === 'held' ? againText(difference) : undefined)),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
