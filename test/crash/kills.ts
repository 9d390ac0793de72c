import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createPrng } from '../../src/sim/prng.ts';
import { createSite, type Serving, type Site } from '../process/ratchet-process.ts';
import { type Load, startLoad } from './load.ts';
import { startTakingHost, type TakingHost } from './taking-host.ts';

export const WHENS = ['first start', 'start', 'load'] as const;

/** One kill -9 and what was found on the data folder afterwards. */
export interface Kill {
  number: number;
  /** While it made its database, while it started on one that was there, or under load. */
  when: (typeof WHENS)[number];
  /** Milliseconds from the start of the process, or of the load, as drawn. */
  afterMs: number;
  /** Answered 200 on this data folder so far, and how many of these since the kill before. */
  answered: number;
  fresh: number;
  /** What is wrong; empty when nothing is. */
  lost: string[];
  problems: string[];
}

export interface KillsOptions {
  kills: number;
  seed: number;
  /** Compiled main.js; default the sources. */
  program?: string;
  /** Modules loaded before the program: for the control. */
  preload?: readonly string[];
  onKill?(kill: Kill): void;
}

/** Kills on one data folder: later ones meet a database of some thousand devices. */
const KILLS_PER_FOLDER = 20;
const LOAD_MS_MIN = 5;
const LOAD_MS_MAX = 2_500;
/** A start takes 300 to 600 ms compiled. */
const START_MS_MAX = 600;
const NAMED_MAX = 5;

/** A data folder that is killed on again and again, and all that is remembered of it. */
interface Place {
  site: Site;
  host: TakingHost;
  answered: string[];
}

/**
 * Kills the real server at moments drawn from a seed and looks, each time once it serves again, whether all that was
 * answered 200 is there (waiting or folded), the database is whole, and every command the MDM server was given is known.
 */
export async function runKills({ kills, seed, program, preload = [], onKill }: KillsOptions): Promise<Kill[]> {
  const prng = createPrng(`kills ${seed}`);
  const done: Kill[] = [];
  let place: Place | undefined;
  let serving: (Serving & { ready: Promise<boolean> }) | undefined;
  try {
    for (let number = 1; number <= kills; number += 1) {
      const isNew = place === undefined || (number - 1) % KILLS_PER_FOLDER === 0;
      if (isNew) {
        serving?.kill('SIGKILL');
        await serving?.ended;
        serving = undefined;
        await close(place);
        place = await open(program);
      }
      const { site, host, answered } = place as Place;
      const kill: Kill = { number, when: drawWhen(prng.int(0, 9), isNew), afterMs: 0, answered: 0, fresh: 0, lost: [], problems: [] };
      const before = answered.length;
      if (kill.when === 'load') {
        serving ??= site.start({ preload });
        if (!(await serving.ready)) throw new Error(`ratchet serve did not start:\n${serving.log()}`);
        const load = startLoad(site, `K${seed}-${number}`);
        // From milliseconds to seconds, the short ones as often as the long ones.
        kill.afterMs = Math.round(LOAD_MS_MIN * (LOAD_MS_MAX / LOAD_MS_MIN) ** (prng.int(0, 1_000) / 1_000));
        await pause(kill.afterMs);
        await killNow(serving, load);
        answered.push(...load.answered);
      } else {
        // What serves now has been looked at already: it goes, and the one that dies is starting.
        serving?.kill('SIGKILL');
        await serving?.ended;
        serving = site.start({ preload });
        kill.afterMs = prng.int(0, START_MS_MAX);
        await pause(kill.afterMs);
        await killNow(serving);
      }
      kill.fresh = answered.length - before;
      kill.answered = answered.length;
      serving = site.start({ preload });
      if (!(await serving.ready)) {
        kill.problems.push(`it does not start again: ${serving.log().trimEnd().split('\n').at(-1)}`);
        serving = undefined;
      }
      look(site.data, answered, host, kill);
      // Told once: what is lost stays lost.
      if (kill.lost.length > 0) answered.splice(0, answered.length, ...answered.filter((id) => !kill.lost.includes(id)));
      done.push(kill);
      onKill?.(kill);
    }
  } finally {
    serving?.kill('SIGKILL');
    await serving?.ended;
    await close(place);
  }
  return done;
}

/** A folder begins with its first start; then three of ten die while they start. */
function drawWhen(drawn: number, isNew: boolean): Kill['when'] {
  if (isNew) return 'first start';
  return drawn < 3 ? 'start' : 'load';
}

async function open(program: string | undefined): Promise<Place> {
  const host = await startTakingHost();
  const site = await createSite({ enqueueUrl: host.enqueueUrl, ...(program === undefined ? {} : { program }) });
  return { site, host, answered: [] };
}

async function close(place: Place | undefined): Promise<void> {
  await place?.host.close();
  place?.site.dispose();
}

async function killNow(serving: Serving, load?: Load): Promise<void> {
  serving.kill('SIGKILL');
  await serving.ended;
  load?.stop();
  await load?.ended;
}

function look(data: string, answered: readonly string[], host: TakingHost, kill: Kill): void {
  const file = join(data, 'ratchet.db');
  if (!existsSync(file)) {
    kill.problems.push('there is no database');
    return;
  }
  const db = new Database(file, { readonly: true });
  try {
    const told = new Set(db.prepare('SELECT id FROM enrollments UNION SELECT enrollment_id FROM inbox').pluck().all());
    kill.lost = answered.filter((id) => !told.has(id));
    const integrity = String(db.pragma('integrity_check', { simple: true }));
    if (integrity !== 'ok') kill.problems.push(`integrity_check: ${integrity}`);
    const known = new Set(db.prepare('SELECT command_uuid FROM outbox').pluck().all());
    const unknown = [...host.commands.keys()].filter((uuid) => !known.has(uuid));
    for (const uuid of unknown) host.commands.delete(uuid);
    if (unknown.length > 0) kill.problems.push(`${unknown.length} commands the MDM server has are unknown: ${unknown.slice(0, NAMED_MAX)}`);
    if (host.reused.length > 0) kill.problems.push(`CommandUUIDs of two devices: ${host.reused.slice(0, NAMED_MAX)}`);
  } catch (error) {
    kill.problems.push(String(error));
  } finally {
    db.close();
  }
}

/** For people, in one line. */
export function killText({ number, when, afterMs, answered, fresh, lost, problems }: Kill): string {
  const found = [...(lost.length > 0 ? [`lost ${lost.length}: ${lost.slice(0, NAMED_MAX).join(', ')}`] : []), ...problems];
  const what = when === 'load' ? `under load for ${afterMs} ms, ${fresh} answered` : `during ${when}, after ${afterMs} ms`;
  return `kill ${number}: ${what}, ${answered} in all: ${found.length === 0 ? 'nothing lost' : found.join('; ')}`;
}
