import type { WorldEvent } from '../../../src/sim/world.types.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/time/local.ts';
import type { Declared, Neighbour } from '../neighbour.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

/** After it was not reached it is not asked for a while; and an answer takes its way. */
const JUST_NOW_MS = MINUTE_MS;
/** So long what was heard last may be answered. */
const KEPT_MS = 3 * DAY_MS;

/**
 * Promise 7 in front of another declaration server (rule 31): a manifest has, beside what is ours, what that server has for
 * the device; while it is down, what it had when it was heard last, or the request fails. No device drops one of its
 * declarations while it has it, unless the new body of one could not be had, because that server or the app was down in the
 * middle of a sync: some devices do without it then until the next. With our own kept inside it (rule 32), nothing of its own is ever changed.
 */
export const neighbours: CheckerKind = { promise: 7, title: "a neighbour's declarations stay", file: 'neighbours.ts', create };

type DmEvent = WorldEvent & { kind: 'dm' };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler, neighbour } = fleet;
  if (neighbour === undefined) return {};
  /** When it was last heard for each, at the latest. */
  const heardAt = new Map<string, number>();
  const held = new Map<string, Set<string>>();
  /** By device: declarations that nobody was there to answer for when it last asked. */
  const unfetched = new Map<string, Set<string>>();
  /** It listed something for somebody. Before, nobody can know that there was ever anything. */
  let isKnownToHave = false;
  const isKept = neighbour.wiring === 'kmfddm';

  function onItems({ device, at, items = [] }: DmEvent, beside: Neighbour): void {
    const theirs = items.filter((item) => !isOurs(item));
    const isHeard =
      !beside.isDown() && !beside.isDown(at - JUST_NOW_MS) && !beside.hasLostStore() && !beside.hasLostStore(at - JUST_NOW_MS);
    const since = isHeard ? at - JUST_NOW_MS : Math.max(heardAt.get(device) ?? 0, at - KEPT_MS) - JUST_NOW_MS;
    const allowed = beside.declaredSince(device, since);
    if (isHeard) heardAt.set(device, at);
    if (beside.hasLostStore() && !isKnownToHave) return;
    isKnownToHave ||= theirs.length > 0;
    if (!allowed.some((declared) => isSame(declared, theirs)))
      violate(
        device,
        `was told of ${theirs.join(' ') || 'nothing'} of the neighbour's, which has ${[...(allowed.at(-1) ?? [])].join(' ')}`,
      );
  }

  function onDeclaration({ device, at, status, endpoint }: DmEvent, beside: Neighbour): void {
    const name = decodeURIComponent(endpoint.split('/')[2] ?? '');
    const names = unfetched.get(device) ?? new Set();
    if (status === 200) names.delete(name);
    else if (fleet.upSince === undefined || beside.isDown(at)) names.add(name);
    unfetched.set(device, names);
  }

  function look(id: string, beside: Neighbour): void {
    const device = world.device(id);
    if (!device?.isEnrolled) {
      held.delete(id);
      return;
    }
    const now = new Set(
      [...device.ddm.declarations.values()].map(({ identifier }) => identifier).filter((name) => !name.startsWith('ratchet.')),
    );
    if (!isKnownToHave) return;
    const wanted = beside.declaredSince(id, scheduler.now() - DAY_MS).map(identifiersOf);
    for (const name of held.get(id) ?? [])
      if (!now.has(name) && !unfetched.get(id)?.has(name) && wanted.every((names) => names.has(name)))
        violate(id, `dropped ${name}, which the neighbour has for it`);
    held.set(id, now);
  }

  /** Rule 32: what it has for others is as people left it. */
  function judgeKept(id: string, beside: Neighbour): void {
    const [left = new Set<string>()] = beside.declaredSince(id, scheduler.now()).slice(-1);
    const there = beside.theirsFor(id);
    if (!isSame(left, there))
      violate(id, `the neighbour has ${there.join(' ') || 'nothing'} for it, and was left with ${[...left].join(' ')}`);
  }

  return {
    onEvent(event) {
      if (isKept) return;
      if (event.kind === 'enrollment') held.delete(event.device);
      if (event.kind !== 'dm' || event.channel !== 'device') return;
      if (event.status === 200 && event.endpoint === 'declaration-items') onItems(event, neighbour);
      if (event.endpoint.startsWith('declaration/')) onDeclaration(event, neighbour);
    },
    async sweep() {
      for (const { id } of world.devices) (isKept ? judgeKept : look)(id, neighbour);
    },
  };
}

function isOurs(item: string): boolean {
  return item.slice(item.indexOf('/') + 1).startsWith('ratchet.');
}

function isSame(declared: Declared, items: readonly string[]): boolean {
  return declared.size === items.length && items.every((item) => declared.has(item));
}

function identifiersOf(declared: Declared): Set<string> {
  return new Set([...declared].map((item) => item.slice(item.indexOf('/') + 1, item.indexOf('@'))));
}
