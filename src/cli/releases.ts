import type { Command } from 'commander';
import { ReleasesActAnswer, type ReleasesAnswer, type SofaRow } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { readInput } from './read-input.ts';
import { openApi, read } from './read-source.ts';
import type { ApiResult } from './read-source.types.ts';
import { addSettings, CLIENT_SETTINGS, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

type Flags = Record<string, unknown> & { json?: boolean; by?: string; note?: string; all?: boolean; platform?: string };

/** `ratchet releases`: what Apple offers as this installation knows it, and what a person does with that list. */
export function registerReleases(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const releases = program.command('releases').summary('what Apple offers: show, refresh, accept, export, import');

  const show = releases
    .command('show')
    .summary('list what Apple offers, to how many models, and since when that is known')
    .description(
      'Lists the releases of Apple’s lookup service as this installation holds them. First seen is by our own clock: dates of policies count from it.',
    )
    .option('--all', 'also what Apple no longer lists')
    .option('--platform <key>', 'only this platform key of Apple’s (iOS, macOS, visionOS; iPads, Apple TVs and watches stand under iOS)')
    .option('--json', 'print one JSON object (ratchet.releases/1), with everything')
    .addHelpText('after', '\nExit codes: 0 fine, 1 the last answer is doubtful, or none was read yet, 2 wrong input, 3 server not reached.')
    .action(async (flags: Flags) => {
      const answer = await read(world, flags, (source) => source.releases());
      if (!answer.ok) return refuse(answer);
      world.stdout(flags.json === true ? json(answer.value) : showText(answer.value, flags));
      end(answer.value.doubt !== undefined || answer.value.checkedAt === undefined ? 1 : 0);
    });
  addSettings(show, READ_SETTINGS);

  const exporting = releases
    .command('export')
    .summary('print the list, and since when each release is known, for another installation')
    .description('Prints a bundle (JSON, ratchet.releases-bundle/1) that ratchet releases import takes elsewhere.')
    .addHelpText(
      'after',
      '\nExamples:\n  ratchet releases export > releases.json\n\nExit codes: 0 fine, 2 there is nothing to export, 3 server not reached.',
    )
    .action(async (flags: Flags) => {
      const answer = await read(world, flags, (source) => source.releasesBundle());
      if (!answer.ok) return refuse(answer);
      world.stdout(json(answer.value));
      end(0);
    });
  addSettings(exporting, READ_SETTINGS);

  act('refresh', {
    summary: 'read the source of releases now',
    description:
      'Reads the source of releases now. Apple’s own server is asked at most 4 times in 24 hours, the daily read included, and not before a time it named.',
    codes: '0 read, 1 it could not be read or its answer is doubtful, 2 refused (asked enough, releases is off), 3 server not reached.',
    body: () => ({}),
  });
  act('accept', {
    summary: 'believe a doubtful answer of Apple’s lookup service',
    description:
      'While Apple’s last answer looks wrong (empty, shrunken, older), nothing new is handed out on it; after three days unchanged it is believed. This believes it now.',
    codes: '0 accepted, 2 refused (there is none, wrong password), 3 server not reached.',
    body: () => ({}),
  });
  act('import', {
    argument: ['<file>', 'a bundle of ratchet releases export; - for standard input'],
    summary: 'take the list that another installation exported',
    description:
      'Takes a bundle of ratchet releases export, for networks that don’t reach Apple. Its list is judged like an answer of Apple’s; first-seen instants of both are joined, the earlier one counts. A bundle that can’t be read changes nothing.',
    codes: '0 imported, 1 its list is doubtful, 2 no bundle, or refused, 3 server not reached.',
    body: async (path) => ({ bundle: parse(await readInput(world, path), path) }),
  });

  interface Act {
    argument?: [string, string];
    summary: string;
    description: string;
    codes: string;
    /** Throws an Error with a sentence for people when the input is unusable. */
    body(path: string): object | Promise<object>;
  }

  function act(name: 'refresh' | 'accept' | 'import', { argument, summary, description, codes, body }: Act): void {
    const command = releases
      .command(name)
      .summary(summary)
      .description(`${description} Calls the running server; the act goes to its audit log.`);
    if (argument) command.argument(...argument);
    command
      .option('--by <who>', 'who does it, for the audit log', world.env.USER)
      .option('--note <text>', 'why, for the audit log')
      .option('--json', 'print one JSON object (ratchet.releases-act/1)')
      .addHelpText('after', `\nExit codes: ${codes}`)
      .action(async (...given: unknown[]) => {
        const flags = given[argument ? 1 : 0] as Flags;
        let content: object;
        try {
          content = await body(String(given[0]));
        } catch (error) {
          world.stderr(`${error instanceof Error ? error.message : String(error)}\n`);
          return end(2);
        }
        const api = openApi(world, flags);
        const more = { by: flags.by, note: flags.note };
        const answer = 'client' in api ? await api.client.post(`releases/${name}`, { ...content, ...more }, ReleasesActAnswer) : api;
        if (!answer.ok) return refuse(answer);
        world.stdout(flags.json === true ? json(answer.value) : `${printable(actText(answer.value))}\n`);
        end(answer.value.result === 'failed' || answer.value.result === 'doubtful' ? 1 : 0);
      });
    addSettings(command, CLIENT_SETTINGS);
  }

  function refuse(answer: ApiResult<unknown> & { ok: false }): void {
    world.stderr(`${answer.message}\n`);
    end(answer.exitCode);
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON; expected what ratchet releases export prints. Nothing was changed.`);
  }
}

const TAKEN = {
  all: 'Imported: this installation had no list before.',
  newer: 'Imported: the list was newer than the one held here.',
  history: 'Imported since when releases are known; the list held here is as new or newer, and stays.',
};

function actText({ act, result, message, nextAt, taken, earlier = 0 }: ReleasesActAnswer): string {
  const doubtful =
    'The answer looks wrong: nothing new is handed out on it (ratchet releases show says why; ratchet releases accept believes it).';
  if (result === 'failed')
    return `Not read (${(message ?? 'no answer').replace(/\.$/, '')}).${nextAt === undefined ? '' : ` Next try ${instantText(nextAt)}.`}`;
  if (result === 'doubtful') return doubtful;
  if (act === 'accept') return 'Accepted: what it offers is handed out from now on.';
  if (act === 'refresh') return result === 'changed' ? 'Read: something else is offered than before.' : 'Read: nothing has changed.';
  return `${TAKEN[taken ?? 'history']}${earlier > 0 ? ` ${counted(earlier, 'pair')} of release and model were seen there earlier.` : ''}`;
}

function sofaText({ platform, cves, exploited, critical }: SofaRow): string {
  const rated = [exploited > 0 ? `${exploited} exploited` : '', critical > 0 ? `${critical} critical` : ''].filter((part) => part !== '');
  return `SOFA ${platform}: ${counted(cves, 'CVE')}${rated.length === 0 ? '' : ` (${rated.join(', ')})`}`;
}

function showText({ source, checkedAt, doubt, releases, sofa }: ReleasesAnswer, { all, platform }: Flags): string {
  const wanted = releases.filter(
    (row) => (all === true || row.isListed) && (platform === undefined || row.platform.toLowerCase() === platform.toLowerCase()),
  );
  const rows = wanted.map((row) => [
    row.release,
    row.builds.join(' '),
    String(row.models),
    row.publicModels === 0 && !row.isImprovement
      ? 'supervised only'
      : row.publicModels < row.models && !row.isImprovement
        ? 'some supervised only'
        : 'all',
    instantText(row.firstSeenAt),
    row.postingDate ?? '',
    row.expirationRolls ? `${row.expirationDate} (rolls)` : (row.expirationDate ?? ''),
    [
      ...(row.sofa ?? []).map(sofaText),
      row.isListed ? '' : 'no longer listed',
      row.isImprovement ? 'improvement' : '',
      row.withdrawnModels > 0 ? `withdrawn from ${counted(row.withdrawnModels, 'model')}` : '',
    ]
      .filter((note) => note !== '')
      .join(', '),
  ]);
  const lines = [`Source: ${source ?? 'none'}. Last read: ${checkedAt === undefined ? 'never' : instantText(checkedAt)}.`];
  if (doubt !== undefined) lines.push(`Doubtful since ${instantText(doubt.since)}: ${doubt.detail} Shown is what is held.`);
  for (const feed of sofa?.feeds ?? [])
    lines.push(
      `SOFA, ${feed.platform}: last told ${feed.goodAt === 0 ? 'never' : instantText(feed.goodAt)}.${feed.doubt ? ` Doubtful: ${feed.doubt}` : ''}${feed.held ? ` Held, not in force: ${feed.held.join(', ')} (ratchet severities show).` : ''}`,
    );
  for (const row of sofa?.newer ?? [])
    lines.push(
      `Only SOFA names ${row.platform} ${row.version}, since ${instantText(row.toldAt)}${row.releaseDate ? `, released ${row.releaseDate}` : ''}.`,
    );
  if (rows.length === 0) return `${[...lines, 'Nothing is listed.'].map(printable).join('\n')}\n`;
  const heading = ['RELEASE', 'BUILDS', 'MODELS', 'FOR', 'FIRST SEEN', 'POSTED', 'EXPIRES', 'NOTE'];
  return `${lines.map(printable).join('\n')}\n\n${table([heading, ...rows])}`;
}
