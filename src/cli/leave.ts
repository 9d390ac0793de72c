import type { Command } from 'commander';
import { LeaveAnswer } from '../engine/leave-answers.ts';
import type { ApiClient } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import type { ApiResult } from './read-source.types.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

/** Between looks at how far it is. */
const LOOK_EVERY_MS = 5_000;

interface Flags extends Record<string, unknown> {
  yes?: boolean;
  undo?: boolean;
  status?: boolean;
  wait?: boolean;
  by?: string;
  note?: string;
  json?: boolean;
}

/** `ratchet leave`: the way out. */
export function registerLeave(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('leave')
    .summary('take everything of Ratchet back from every device, before its wiring goes')
    .description(
      'Takes everything of Ratchet back from every device, in every mode: dates, settings and subscriptions. From then on nothing is sent but the command by which a device fetches that there is nothing more, until --undo. Says which devices have not fetched that yet, and what to change at the server when all have. What a device is installing already goes on. Calls the running server; the act goes to its audit log.',
    )
    .option('--yes', 'do not ask')
    .option('--wait', 'wait until every device has given everything back, and say how far it is')
    .option('--status', 'only say how far it is')
    .option('--undo', 'begin again: policies hold as before, dates come with their notice')
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.leave/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet leave --wait --note "moving to another tool"
  ratchet leave --status
  ratchet leave --undo

Exit codes: 0 nobody holds anything (or undone), 1 devices are waited for, 2 refused or not confirmed, 3 server not reached.`,
    )
    .action(async (flags: Flags) => {
      const contradiction = contradictionIn(flags);
      if (contradiction !== undefined) return refuse(2, `${contradiction} Nothing was changed.`);
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const { client } = api;
      if (flags.status !== true && flags.yes !== true && !(await isConfirmed(flags)))
        return refuse(2, 'Not confirmed: answer with yes, or give --yes. Nothing was changed.');
      const answer = await ask(client, flags);
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      const last = flags.wait === true && flags.undo !== true ? await waitFor(client, answer.value) : answer;
      if (!last.ok) return refuse(last.exitCode, `${last.message}\nWhat was begun goes on: ratchet leave --status.`);
      world.stdout(flags.json === true ? json(last.value) : leaveText(last.value, flags));
      end(flags.undo === true || last.value.isDone || last.value.state !== 'left' ? 0 : 1);
    });
  addSettings(command, CLIENT_SETTINGS);

  function ask(client: ApiClient, { status, undo, by, note }: Flags): Promise<ApiResult<LeaveAnswer>> {
    if (status) return client.get('leave', LeaveAnswer, { takesLong: true });
    const body = { ...(undo ? { undo } : { confirm: 'leave' }), by, note };
    return client.post('leave', body, LeaveAnswer, { takesLong: true });
  }

  async function isConfirmed({ undo }: Flags): Promise<boolean> {
    const question = undo
      ? 'Begin again? Devices get their dates back, with notice. (yes/no) '
      : 'Take everything of Ratchet back from every device? Nothing is updated from then on. (yes/no) ';
    return /^y(es)?$/i.test((await world.ask?.(question))?.trim() ?? '');
  }

  async function waitFor(client: ApiClient, first: LeaveAnswer): Promise<ApiResult<LeaveAnswer>> {
    let now = first;
    for (let told = ''; !now.isDone && now.state === 'left' && world.sleep; ) {
      const text = `${now.free} of ${now.devices - now.unenrolled} devices hold nothing more, ${now.waiting} to go\n`;
      if (text !== told) world.stderr(text);
      told = text;
      await world.sleep(LOOK_EVERY_MS);
      const next = await client.get('leave', LeaveAnswer, { takesLong: true });
      if (!next.ok) return next;
      now = next.value;
    }
    return { ok: true, value: now };
  }

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

/** Flags that don't go together: which of them was meant is not for us to guess. */
function contradictionIn({ status, undo, wait, yes, note }: Flags): string | undefined {
  if (status && undo) return 'Expected one of --status and --undo: the first only looks.';
  if (status && wait) return 'Expected one of --status and --wait: ratchet leave --wait waits, also when it was said before.';
  if (undo && wait) return 'Expected one of --undo and --wait: nothing is waited for when it is undone.';
  if (status && (yes || note !== undefined)) return `--status only looks: expected no ${yes ? '--yes' : '--note'} beside it.`;
  return undefined;
}

function leaveText({ state, free, waiting, unenrolled, waitingFor, notes }: LeaveAnswer, { undo }: Flags): string {
  if (state !== 'left') return undo ? `Undone: now ${state}. Policies hold as before.\n` : `Ratchet has not left: it is ${state}.\n`;
  const gone = unenrolled > 0 ? `, ${unenrolled} not enrolled any more` : '';
  const lines = [`${counted(free, 'device')} with nothing of Ratchet, ${waiting} to go${gone}.`];
  for (const { device, serial, lastSeenAt, holdsUntil } of waitingFor) {
    const seen = lastSeenAt === 0 ? 'never seen' : `last seen ${instantText(lastSeenAt)}`;
    const holds = holdsUntil === undefined ? '' : `, holds the date ${holdsUntil.slice(0, 16).replace('T', ' ')} device time`;
    lines.push(`  ${serial === undefined ? device : `${serial} (${device})`}: ${seen}${holds}`);
  }
  if (waiting > waitingFor.length) lines.push(`  … and ${waiting - waitingFor.length} more`);
  return `${[...lines, ...notes].map(printable).join('\n')}\n`;
}
