import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatProblem } from '../config/problem.ts';
import { readPolicyText } from '../config/read-policy-file.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import type { ReplayAnswer, ReplayRun } from '../replay/answer.ts';
import { drawFleet, type ReplayDevice } from '../replay/fleet.ts';
import { HistoryError, type RecordedFeed, readHistory, readSofaHistory } from '../replay/history.ts';
import { OWNERS_TEXT } from '../replay/owners.ts';
import { replay } from '../replay/replay.ts';
import { DAY_MS, instantOf, isLocalDateTime } from '../time/local.ts';
import type { ExitCode } from './exit-code.ts';
import { fleetOf, readFleet } from './read-fleet.ts';
import { readInput } from './read-input.ts';
import { textOfMaybeXz } from './read-xz.ts';
import { dayOf, replayText } from './replay-text.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

const FLEET_MAX = 200_000;
const SHOWN_MAX = 20;

interface Flags {
  history: string;
  sofa?: string[];
  fleet: string;
  policy: string;
  from?: string;
  to?: string;
  compare?: string;
  seed: string;
  json?: boolean;
  report?: string;
}

export function registerReplay(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  program
    .command('replay')
    .summary('try policies against recorded months of Apple’s releases')
    .description(
      'Runs policies over what Apple really released: the same reading of releases, the same decisions, ledger and rings as serve, in memory, over recorded answers of Apple’s lookup service and a fleet, drawn or your own. Says per release when rings opened, which dates were set, how long half, 90 and 99 % took, and how long devices were exposed; beside it, the rule of most tools (newest release plus some days). Needs no server and changes nothing. Every policy is taken as if its mode were enforce.',
    )
    .requiredOption(
      '--history <file>',
      'recorded answers, one JSON object a line: recorded_at, data; may be packed with xz; - for standard input',
    )
    .option('--sofa <files...>', 'recorded feeds of SOFA in the same form, with path: then severities and exploited holes count')
    .requiredOption('--fleet <csv|N>', 'a list of devices (model, osVersion, …), or how many to draw over the models Apple lists')
    .requiredOption('--policy <file>', 'the ratchet.yaml to try; - for standard input')
    .option('--from <date>', 'devices are there from this day on (UTC); what was recorded before is only read')
    .option('--to <date>', 'and to the beginning of this one')
    .option('--compare <file>', 'another ratchet.yaml, over the same months and devices')
    .option('--seed <text>', 'draws devices and their owners', 'ratchet')
    .option('--report <file>', 'write one HTML page with charts')
    .option('--json', 'print one JSON object (ratchet.replay/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet replay --history pmv-history.jsonl.xz --fleet 10000 --policy ratchet.yaml
  ratchet replay --history pmv-history.jsonl.xz --sofa v1-ios.jsonl.xz v1-macos.jsonl.xz --fleet devices.csv --policy ratchet.yaml --report replay.html
  ratchet replay --history pmv-history.jsonl.xz --fleet 1000 --policy ratchet.yaml --compare new.yaml --from 2025-09-01

Exit codes: 0 fine, 1 a promise was broken, 2 wrong input.`,
    )
    .action(async (flags: Flags) => {
      try {
        end(await run(flags));
      } catch (error) {
        if (!(error instanceof WrongInput) && !(error instanceof HistoryError)) throw error;
        world.stderr(`${error.message.split('\n').map(printable).join('\n')}\n`);
        end(2);
      }
    });

  async function run(flags: Flags): Promise<ExitCode> {
    const from = dayGiven('--from', flags.from);
    const to = dayGiven('--to', flags.to);
    if (from !== undefined && to !== undefined && from >= to) throw new WrongInput(`--from ${flags.from} is not before --to ${flags.to}.`);
    const sources = [flags.history, flags.policy, flags.compare, ...(flags.sofa ?? [])].filter((path) => path === '-');
    if (sources.length > 1) throw new WrongInput('Standard input (-) can be read for one thing only.');
    const policies = await readPolicies(flags.policy);
    const other = flags.compare === undefined ? undefined : await readPolicies(flags.compare);
    const fleet = await readFleetGiven(flags);
    const history = await readPacked(flags.history);
    const sofa = await readFeeds(flags.sofa ?? []);
    const one = (name: string, set: PolicySet): ReplayRun => runOne(name, set);
    const run = one(flags.policy, policies);
    const compare = flags.compare !== undefined && other !== undefined ? one(flags.compare, other) : undefined;
    const notes = [...notesOf(run, sofa !== undefined, flags.fleet), ...OWNERS_TEXT];
    const answer: ReplayAnswer = { schema: 'ratchet.replay/1', seed: flags.seed, ...run, notes, ...(compare ? { compare } : {}) };
    if (flags.report !== undefined) await writeReport(flags.report, answer);
    world.stdout(flags.json === true ? json(answer) : replayText(answer));
    return run.brokenPromises + (compare?.brokenPromises ?? 0) > 0 ? 1 : 0;

    function runOne(name: string, set: PolicySet): ReplayRun {
      const began = world.now();
      const result = replay({
        history: readHistory(history, flags.history),
        ...(sofa === undefined ? {} : { sofa }),
        policies: enforcing(set),
        fleet: (catalogue, given) => fleet(catalogue, given, flags.seed),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        seed: flags.seed,
        onProgress: (now) => progress(`${name}: ${dayOf(now)}`),
      });
      progress('');
      if (result === undefined)
        throw new WrongInput(`${flags.history} has no answer that could be held${from === undefined ? '' : ` from ${flags.from} on`}.`);
      const { movedLater, broken, ...rest } = result;
      return {
        policies: name === '-' ? 'standard input' : name,
        ...rest,
        deadlinesMovedLater: movedLater.withoutCause,
        deadlinesMovedLaterAudited: movedLater.audited,
        brokenPromises: broken.count,
        broken: [...broken.examples],
        seconds: Math.round((world.now() - began) / 100) / 10,
      };
    }
  }

  /** One line that is written over; nothing where nobody looks. */
  function progress(text: string): void {
    if (world.isTerminal === true) world.stderr(`\r\u001b[K${text}`);
  }

  async function readPolicies(path: string): Promise<PolicySet> {
    const name = path === '-' ? 'standard input' : path;
    const { policySet, problems } = readPolicyText(await inputOf(path), name, world.now());
    if (policySet !== undefined) return policySet;
    throw new WrongInput([...problems.map(formatProblem), `${name}: ${counted(problems.length, 'problem')}.`].join('\n'));
  }

  async function readFleetGiven({
    fleet,
  }: Flags): Promise<(catalogue: Catalogue, policies: PolicySet, seed: string) => readonly ReplayDevice[]> {
    if (/^\d+$/.test(fleet)) {
      const count = Number(fleet);
      if (count < 1 || count > FLEET_MAX) throw new WrongInput(`--fleet ${fleet}: expected 1 to ${FLEET_MAX} devices, or a file.`);
      return (catalogue, policies, seed) => drawFleet(count, catalogue, policies, seed);
    }
    const text = await inputOf(fleet);
    try {
      const list = readFleet(text);
      if (list.malformed.length > 0) {
        const shown = list.malformed.slice(0, SHOWN_MAX).map(({ at, reason }) => `${fleet}: ${at}: ${reason}`);
        throw new WrongInput([...shown, `${fleet}: ${counted(list.malformed.length, 'line')} that can't be used.`].join('\n'));
      }
      if (list.rows.length === 0) throw new WrongInput(`${fleet}: no device is in it; expected CSV with the columns model and osVersion.`);
      return (catalogue, { timeZone }) => fleetOf(list, catalogue, timeZone);
    } catch (error) {
      throw error instanceof WrongInput ? error : new WrongInput(`${fleet}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  async function readFeeds(paths: readonly string[]): Promise<RecordedFeed[] | undefined> {
    if (paths.length === 0) return undefined;
    const feeds: RecordedFeed[] = [];
    for (const path of paths) feeds.push(...readSofaHistory(await readPacked(path), path));
    return feeds.sort((a, b) => a.at - b.at);
  }

  async function readPacked(path: string): Promise<string> {
    const name = path === '-' ? 'standard input' : path;
    let bytes: Uint8Array;
    try {
      bytes = path === '-' ? await world.stdin() : await world.readFile(resolve(world.cwd, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new WrongInput(`${name} can't be read: ${code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))}.`);
    }
    try {
      return await textOfMaybeXz(bytes, name);
    } catch (error) {
      throw new WrongInput(error instanceof Error ? error.message : String(error));
    }
  }

  async function inputOf(path: string): Promise<string> {
    try {
      return await readInput(world, path);
    } catch (error) {
      throw new WrongInput(error instanceof Error ? error.message : String(error));
    }
  }

  async function writeReport(path: string, answer: ReplayAnswer): Promise<void> {
    if (world.writeFile === undefined) throw new WrongInput('No file can be written here.');
    // Charts are 7 MB of code that no other verb needs.
    const { replayPage } = await import('./replay-page.ts');
    try {
      await world.writeFile(resolve(world.cwd, path), replayPage(answer));
    } catch (error) {
      throw new WrongInput(`${path} can't be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`);
    }
    world.stderr(`${path} written.\n`);
  }
}

class WrongInput extends Error {}

function dayGiven(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const local = `${text}T00:00:00`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !isLocalDateTime(local))
    throw new WrongInput(`${flag}: "${text}" is no day; expected one such as 2025-09-01.`);
  return instantOf(local, 'UTC');
}

/** What is observed is tried as if it were enforced; a policy that is milder than the file stays so. */
function enforcing(set: PolicySet): PolicySet {
  return {
    ...set,
    mode: 'enforce',
    policies: set.policies.map((policy) => ({ ...policy, mode: policy.mode === set.mode ? ('enforce' as const) : policy.mode })),
  };
}

function notesOf({ from, to, approvals }: ReplayRun, hasSofa: boolean, fleet: string): string[] {
  const notes = ['Every policy is tried as if its mode were enforce.'];
  if (/^\d+$/.test(fleet))
    notes.push(
      'Devices are drawn: 40 % iPads, 35 % iPhones, 25 % Macs, of models Apple listed then that take update declarations; 5 % have each tag that a policy asks for.',
    );
  if (to - from < 30 * DAY_MS) notes.push('Less than a month: most releases did not get to their end.');
  if (!hasSofa) notes.push('Without --sofa every release is standard.');
  if (approvals > 0) notes.push(`${counted(approvals, 'ring')} that a person is to approve opened as soon as it may.`);
  return notes;
}
