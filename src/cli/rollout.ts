import type { Command } from 'commander';
import { RolloutActAnswer, type RolloutsAnswer } from '../engine/answers.ts';
import type { RolloutAct } from '../rollout/acts.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi, read } from './read-source.ts';
import { registerExpedite } from './rollout-expedite.ts';
import { addSettings, CLIENT_SETTINGS, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

interface Verb {
  name: RolloutAct;
  summary: string;
  description: string;
  done: string;
}

const VERBS: readonly Verb[] = [
  {
    name: 'approve',
    summary: 'let it go on after its newest ring, whatever the numbers say',
    description: 'Opens the next ring, whatever the numbers of the one before it say.',
    done: 'Approved: the next ring opens',
  },
  {
    name: 'pause',
    summary: 'hand this release to nobody new; what devices hold stays',
    description: 'Hands this release to nobody new. Devices keep the dates they hold and install at them; halt takes these back as well.',
    done: 'Paused',
  },
  {
    name: 'resume',
    summary: 'go on after pause, halt or skip',
    description: 'Goes on. After a halt only what fails from now on counts towards the next one.',
    done: 'Resumed',
  },
  {
    name: 'halt',
    summary: 'hand it to nobody, and take it back from whoever has not started',
    description:
      'Hands this release to nobody and takes it back from every device that has not started to install it. Those that run it are left alone.',
    done: 'Halted',
  },
  {
    name: 'skip',
    summary: 'never this release: devices wait for the next',
    description: 'Hands this release to nobody, now or later. Devices get the one before it or wait for the next.',
    done: 'Skipped',
  },
];

type Flags = Record<string, unknown> & { policy?: string; by?: string; because?: string; json?: boolean };

export function registerRollout(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const rollout = program.command('rollout').summary('releases on their way through the rings of a policy').helpCommand(false);

  const show = rollout
    .command('show')
    .summary('list them: which rings are open, how their devices fare, what the next one waits for')
    .option('--json', 'print one JSON object (ratchet.rollouts/1)')
    .action(async (flags: Flags) => {
      const answer = await read(world, flags, (source) => source.rollouts());
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : rolloutsText(answer.value));
      end(0);
    });
  addSettings(show, READ_SETTINGS);

  for (const verb of VERBS) {
    const command = rollout
      .command(verb.name)
      .argument('<release>', 'such as "iOS 27.0.1", or 27.0.1 where only one rollout has that version')
      .summary(verb.summary)
      .description(`${verb.description} Calls the running server; the act goes to its audit log.`)
      .option('--policy <name>', 'only under this policy; needed where several roll it out')
      .option('--because <text>', 'why: shown beside the rollout and kept in the audit log')
      .option('--by <who>', 'who does it, for the audit log', world.env.USER)
      .option('--json', 'print one JSON object (ratchet.rollout-act/1)')
      .addHelpText(
        'after',
        `
Examples:
  ratchet rollout ${verb.name} "iOS 27.0.1" --because "seen by the help desk"

Exit codes: 0 done, 2 refused (no such rollout, or it makes no sense now), 3 server not reached.`,
      )
      .action(async (release: string, flags: Flags) => {
        const api = openApi(world, flags);
        if (!('client' in api)) return refuse(api.exitCode, api.message);
        const body = { release, policy: flags.policy, by: flags.by, note: flags.because };
        const answer = await api.client.post(`rollouts/${verb.name}`, body, RolloutActAnswer);
        if (!answer.ok) return refuse(answer.exitCode, answer.message);
        const { value } = answer;
        world.stdout(
          flags.json === true ? json(value) : `${printable(`${verb.done}: ${value.release} under ${value.policy}, now ${value.state}.`)}\n`,
        );
        end(0);
      });
    addSettings(command, CLIENT_SETTINGS);
  }

  registerExpedite(rollout, world, end);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function expediteText({ due, rings, by, at, because }: NonNullable<RolloutsAnswer['rollouts'][number]['expedite']>): string {
  const whom = rings === undefined ? '' : ` for rings up to ${rings.join(', ')}`;
  return `Expedited${whom}: by ${due.slice(0, 16).replace('T', ' ')} device time, said ${by} at ${instantText(at)}${because ? ` (${because})` : ''}`;
}

const HEAD = ['RING', 'OPENED', 'WAITING', 'GOT IT', 'RUN IT', 'FAILED', 'STUCK', 'EXCUSED'];

function rolloutsText({ rollouts }: RolloutsAnswer): string {
  if (rollouts.length === 0)
    return 'Nothing rolls out: no policy with rings (docs/policies.md#rings) has had a release that a device wants.\n';
  return rollouts.map(rolloutText).join('\n');
}

function rolloutText({
  policy,
  release,
  state,
  since,
  by,
  because,
  expedite,
  waitsFor,
  opensAt,
  rings,
  troubled,
}: RolloutsAnswer['rollouts'][number]): string {
  const lines = [
    `${release} under ${policy}: ${state}${state === 'running' ? '' : ` since ${instantText(since)} by ${by}`}${because ? ` (${because})` : ''}`,
  ];
  if (expedite) lines.push(expediteText(expedite));
  lines.push(
    table([
      HEAD,
      ...rings.map(({ ring, opened, waiting, delivered, stuck, verified, failed, excused }) => [
        ring,
        opened === undefined ? 'not yet' : instantText(opened),
        ...[waiting, delivered + stuck + verified + failed, verified, failed, stuck, excused].map(String),
      ]),
    ]).trimEnd(),
  );
  if (waitsFor) lines.push(`The next ring waits for ${waitsFor}${opensAt ? ` (${instantText(opensAt)})` : ''}.`);
  if (troubled.length > 0) {
    const names = troubled.slice(0, 5).map(({ id, state: where }) => `${id} (${where})`);
    lines.push(
      `${counted(troubled.length, 'device')} to look at: ${names.join(', ')}${troubled.length > names.length ? ', …' : ''}. ratchet why <id> says more.`,
    );
  }
  return `${lines.map((line) => line.split('\n').map(printable).join('\n')).join('\n')}\n`;
}
