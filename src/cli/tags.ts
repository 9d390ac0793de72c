import type { Command } from 'commander';
import { TagsActAnswer, type TagsAnswer } from '../engine/answers.ts';
import { TAG_ROWS_MAX, TaggedDevice, TagSource } from '../engine/operate/tags.ts';
import type { ExitCode } from './exit-code.ts';
import { againText, judgedLines } from './plan-difference.ts';
import { readInput } from './read-input.ts';
import { cut, type ListShape, type Malformed, readList, textOf } from './read-list.ts';
import { openApi, read } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS, READ_SETTINGS } from './setting-options.ts';
import { counted, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

const SHOWN_MAX = 20;

type Column = 'id' | 'serial' | 'tags';

const SHAPE: ListShape<Column> = {
  columns: new Map<string, Column>([
    ['id', 'id'],
    ['udid', 'id'],
    ['enrollmentid', 'id'],
    ['deviceid', 'id'],
    ['serial', 'serial'],
    ['serialnumber', 'serial'],
    ['deviceserialnumber', 'serial'],
    ['tag', 'tags'],
    ['tags', 'tags'],
    ['group', 'tags'],
    ['groups', 'tags'],
  ]),
  needs: [
    { anyOf: ['serial', 'id'], called: '"serial" or "id"' },
    { anyOf: ['tags'], called: '"tags"' },
  ],
};

export interface TagList {
  devices: TaggedDevice[];
  malformed: Malformed[];
}

/** Reads a list of devices and their tags. Throws an Error with a sentence where it is none. */
export function readTagList(text: string): TagList {
  const list: TagList = { devices: [], malformed: [] };
  for (const { at, cells } of readList(text, SHAPE, list.malformed)) {
    // A serial number outlives an enrollment.
    const subject = textOf(cells.serial) || textOf(cells.id);
    const tags = Array.isArray(cells.tags) ? cells.tags.map(textOf) : textOf(cells.tags).split(/[,;|\s]+/);
    const read = TaggedDevice.safeParse({ subject, tags: tags.filter((tag) => tag !== '') });
    if (read.success) list.devices.push(read.data);
    else if (subject === '') list.malformed.push({ at, reason: 'there is no serial number and no id' });
    else
      list.malformed.push({
        at,
        reason:
          read.error.issues[0]?.path[0] === 'subject'
            ? `"${cut(subject)}" is no serial number or id`
            : `"${cut(tags.join(' '))}": a tag has letters, digits, dots, dashes and underscores, and a device has 32 at most`,
      });
  }
  return list;
}

export function registerTags(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const tags = program.command('tags').summary('what devices are called: match.tags in policies').helpCommand(false);

  const list = tags
    .command('show')
    .summary('list the tags, their sources, and who is tagged and not known')
    .option('--json', 'print one JSON object (ratchet.tags/1)')
    .action(async (flags: { json?: boolean }) => {
      const answer = await read(world, flags, (source) => source.tags());
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : tagsText(answer.value));
      end(0);
    });
  addSettings(list, READ_SETTINGS);

  const set = tags
    .command('import')
    .argument(
      '<file>',
      'CSV with a header (serial or id; tags, several with blanks or commas between), a JSON array or JSON lines; - for standard input',
    )
    .requiredOption('--source <name>', 'who says so: the file replaces everything this source said before')
    .summary('give devices their tags, from a list')
    .description(
      'Gives devices the tags of a list, by serial number or id. The list is the whole truth of its source: who is not in it any more loses the tags of that source, and keeps those of others. Calls the running server, which decides every device anew; the act goes to its audit log. A list that would hand out to, or bring forward, more than 50 devices and more than a tenth of the fleet is held until its plan is accepted.',
    )
    .option('--accept <plan>', 'the id of the plan it was held with: refused when it would do something else by now')
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.tags-act/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet tags import pilot.csv --source pilot
  inventory-export --csv | ratchet tags import - --source inventory

Exit codes: 0 done, 1 held until its plan is accepted, 2 some lines could not be used (they are named) or refused: nothing was changed, 3 server not reached.`,
    )
    .action(
      async (
        path: string,
        flags: Record<string, unknown> & { source: string; by?: string; note?: string; accept?: string; json?: boolean },
      ) => {
        if (!TagSource.safeParse(flags.source).success)
          return refuse(2, `--source "${printable(flags.source)}": expected letters, digits, dots, dashes and underscores, at most 64.`);
        let read: TagList;
        try {
          read = readTagList(await readInput(world, path));
        } catch (error) {
          return refuse(2, `${path}: ${error instanceof Error ? error.message : String(error)}. Nothing was changed.`);
        }
        // The list is the whole truth: with a line left out, somebody would lose a tag.
        for (const { at, reason } of read.malformed.slice(0, SHOWN_MAX)) world.stderr(`${printable(`${at}: ${reason}`)}\n`);
        if (read.malformed.length > 0)
          return refuse(2, `${path}: ${counted(read.malformed.length, 'line')} can’t be used. Nothing was changed.`);
        if (read.devices.length > TAG_ROWS_MAX) return refuse(2, `${path}: more than ${TAG_ROWS_MAX} devices. Nothing was changed.`);
        const api = openApi(world, flags);
        if (!('client' in api)) return refuse(api.exitCode, api.message);
        const body = { devices: read.devices, by: flags.by, note: flags.note, accept: flags.accept };
        const answer = await api.client.put(`tags/${encodeURIComponent(flags.source)}`, body, TagsActAnswer, { takesLong: true });
        if (!answer.ok) return refuse(answer.exitCode, answer.message);
        world.stdout(flags.json === true ? json(answer.value) : actText(answer.value));
        end(answer.value.result === 'held' ? 1 : 0);
      },
    );
  addSettings(set, CLIENT_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function actText({ result, source, devices, before, difference }: TagsActAnswer): string {
  const what = `${source}: ${counted(devices, 'device')} (before: ${before}).`;
  const judged = difference === undefined ? [] : judgedLines(difference, result === 'held' ? againText(difference) : undefined);
  return `${[result === 'held' ? `Held, nothing was changed: ${what}` : what, ...judged].map(printable).join('\n')}\n`;
}

function tagsText({ tags, sources }: TagsAnswer): string {
  if (sources.length === 0) return 'No device has a tag. ratchet tags import <file> --source <name> gives some.\n';
  const lines = [table([['TAG', 'DEVICES'], ...tags.map(({ tag, devices }) => [tag, String(devices)])])];
  for (const { source, devices, unknown } of sources) {
    const names = unknown.slice(0, 5).join(', ');
    const more = unknown.length > 5 ? `, … and ${unknown.length - 5} more` : '';
    lines.push(`${source}: ${counted(devices, 'device')}${unknown.length === 0 ? '' : `; not known: ${names}${more}`}\n`);
  }
  return lines.join('\n');
}
