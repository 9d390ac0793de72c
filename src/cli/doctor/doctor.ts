import type { Command } from 'commander';
import { z } from 'zod';
import { SETTING_NAMES } from '../../config/settings.ts';
import type { ExitCode } from '../exit-code.ts';
import { addSettings, SECRETS_HELP } from '../setting-options.ts';
import { counted, json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';
import { LINK_STATUSES, type LinkStatus } from './doctor.types.ts';
import { gather } from './gather.ts';
import { LINKS } from './links.ts';

/** `ratchet doctor --json`. */
export const DoctorAnswer = z.object({
  schema: z.literal('ratchet.doctor/1'),
  /** Epoch ms. */
  at: z.int(),
  /** Nothing is broken. */
  ok: z.boolean(),
  links: z.array(
    z.object({
      link: z.string(),
      status: z.enum(LINK_STATUSES),
      finding: z.string(),
      /** What to do; absent where nothing is to be done. */
      fix: z.string().optional(),
    }),
  ),
});
export type DoctorAnswer = z.infer<typeof DoctorAnswer>;

type Flags = Record<string, unknown> & { json?: boolean; pushTopic?: string };

export function registerDoctor(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('doctor')
    .summary('prove every link to the MDM server and back, or say what to set')
    .description(
      'Looks at every link, from the configuration to the push certificate, and prints a line for each: that it holds, or what is wrong and what to set. Run it with the settings of serve, whether serve runs or not. Changes nothing, here or on a device.',
    )
    .option('--push-topic <topic>', 'topic of the push certificate (com.apple.mgmt.External.…), by which NanoMDM tells when it ends')
    .option('--json', 'print one JSON object (ratchet.doctor/1)')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet doctor
  ratchet doctor --config /etc/ratchet/ratchet.yaml --data /var/lib/ratchet
  ratchet doctor --json | jq -r '.links[] | select(.status == "broken") | .fix'

Exit codes: 0 nothing is broken (warnings and what nobody knows are listed), 1 a link is broken, 2 a flag is wrong.`,
    )
    .action(async (flags: Flags) => {
      if (world.doctor === undefined) return end(2);
      const evidence = await gather(world, world.doctor, { flags, pushTopic: flags.pushTopic });
      const links = LINKS.filter(({ isThere }) => isThere?.(evidence) !== false).map(({ name, judge }) => ({
        link: name,
        ...judge(evidence),
      }));
      const answer: DoctorAnswer = {
        ...{ schema: 'ratchet.doctor/1', at: evidence.now },
        ok: links.every(({ status }) => status !== 'broken'),
        links,
      };
      world.stdout(flags.json === true ? json(answer) : doctorText(answer, world.hasColours === true));
      end(answer.ok ? 0 : 1);
    });
  addSettings(command, SETTING_NAMES);
}

function doctorText({ links }: DoctorAnswer, hasColours: boolean): string {
  const width = Math.max(...links.map(({ link }) => link.length));
  const lines = links.map(({ link, status, finding, fix }) => {
    const word = status.padEnd(STATUS_WIDTH);
    const told = printable(fix === undefined ? finding : `${finding}; fix: ${fix}`);
    return `${hasColours ? `\u001b[${COLOURS[status]}m${word}\u001b[0m` : word}  ${link.padEnd(width)}  ${told}\n`;
  });
  const count = (wanted: LinkStatus) => links.filter(({ status }) => status === wanted).length;
  const others = (['warning', 'unknown', 'skipped'] as const).flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${status}`],
  );
  return `${lines.join('')}\n${[`${count('ok')} ok`, `${count('broken')} broken`, ...others].join(', ')} of ${counted(links.length, 'link')}\n`;
}

const STATUS_WIDTH = Math.max(...LINK_STATUSES.map((status) => status.length));

/** SGR: green, yellow, red, cyan, grey. */
const COLOURS: Record<LinkStatus, number> = { ok: 32, warning: 33, broken: 31, unknown: 36, skipped: 90 };
