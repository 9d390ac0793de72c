import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldEvent } from '../../../src/sim/world.types.ts';
import { instantOfLocal } from '../../../src/sim/zone.ts';
import type { NotedCommit } from '../recorder.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createOrdersTold } from './orders-told.ts';
import { createReported } from './reported.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
/** A clock off by less is not doubted. */
const CLOCK_OFF_MS = 10 * 60_000;
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';

/**
 * Promise 11, its part about a pause of one device: from when a person was told of it until somebody resumes the device, no date is handed
 * to it that it had not fetched before, nor listed, and no update command is queued for it. And what it holds stays: a
 * date to come, of what it still misses and Apple has not taken back, is not taken from it for the pause.
 */
export const paused: CheckerKind = { promise: 11, title: 'nothing new for who is paused', file: 'paused.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler, policies } = fleet;
  const orders = createOrdersTold(fleet);
  const reported = createReported();
  const feed = createFeedAsRead(world);
  /** Paths that stood for an enforcement. */
  const updating = new Set<string>();
  /** By device: what it fetched in the enrollment that was heard of, and when. */
  const fetched = new Map<string, Map<string, number>>();
  /** By device: the identifier that the last decision left it with. */
  const left = new Map<string, string>();

  const isPaused = (device: string, since: number) => orders.possible(device, since).every((each) => each.isPaused);

  function onDm({ device, at, enforcement, items = [] }: WorldEvent & { kind: 'dm' }): void {
    const known = fetched.get(device) ?? new Map<string, number>();
    const path = enforcement && `configuration/${enforcement.identifier}`;
    if (isPaused(device, at)) {
      if (enforcement && path !== undefined && !known.has(path))
        violate(device, `was handed the date ${enforcement.targetLocalDateTime}, and is paused`);
      const paths = items.map((item) => item.slice(0, item.lastIndexOf('@')));
      const news = paths.find((one) => updating.has(one) && !known.has(one));
      if (news !== undefined) violate(device, `is newly listed ${news}, and is paused`);
    }
    if (path === undefined) return;
    updating.add(path);
    fetched.set(device, known.set(path, at));
  }

  /** Whatever it had before is gone with the enrollment before. */
  function beginAnew(device: string, enrolledAt: number): void {
    const known = fetched.get(device) ?? new Map<string, number>();
    fetched.set(device, new Map([...known].filter(([, at]) => at >= enrolledAt)));
  }

  /** Only what nothing but the pause speaks against: a person's other words, and days off, are other promises'. */
  function onTaken(id: string, before: string): void {
    const device = world.device(id);
    const now = scheduler.now();
    const said = orders.possible(id, 0);
    const hasOther = said.some((each) => each.exempt !== undefined || each.moreTime !== undefined);
    // Decided before a person is told of it.
    const mayBePaused = said.some((each) => each.isPaused);
    const hasBlackouts = policies.between(0, now).some(({ blackouts = [] }) => blackouts.length > 0);
    if (device === undefined || hasOther || !mayBePaused || hasBlackouts) return;
    const held = [...device.ddm.declarations.values()].find(({ type, identifier }) => type === ENFORCEMENT && identifier === before);
    if (held === undefined || !fetched.get(id)?.has(`configuration/${before}`)) return;
    const [version, local] = [String(held.payload.TargetOSVersion), String(held.payload.TargetLocalDateTime)];
    const isToCome = (instantOfLocal(local, device.spec.timeZone) ?? 0) > now + CLOCK_OFF_MS;
    const runs = reported.latest(id)?.version;
    const isMissed = runs !== undefined && compareVersionTexts(version, runs) > 0;
    if (isToCome && isMissed && !feed.isTakenBack(device, version))
      violate(id, `is paused, and the date ${local} that it holds was taken back`);
  }

  function onCommit({ enrollmentId, decision: { reason, isHandedOut, enforcement } }: NotedCommit): void {
    const before = left.get(enrollmentId);
    // What is not handed out is a forecast.
    const now = isHandedOut ? enforcement?.identifier : undefined;
    if (before !== undefined && reason === 'paused' && now !== before) onTaken(enrollmentId, before);
    if (now === undefined) left.delete(enrollmentId);
    else left.set(enrollmentId, now);
  }

  return {
    ...orders,
    onCatalogueSaved: feed.saved,
    onCommit,
    onEvent(event) {
      // Under a wrong clock nobody can tell what it fetched before.
      const isEnrolling = event.kind === 'webhook' && event.status === 200 && event.topic === 'mdm.Authenticate';
      if (isEnrolling && event.createdAt === undefined && fleet.skewMs === 0) beginAnew(event.device, event.sentAt);
      if (event.kind === 'dm' && event.status === 200) onDm(event);
      if (event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists')
        if (isPaused(event.device, event.at - CALL_MS)) violate(event.device, `got ${event.action} ${event.commandUuid}, and is paused`);
      reported.note(event);
      feed.note(event);
    },
  };
}
