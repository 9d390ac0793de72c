import type { PmvAnswer } from '../../../src/sim/feed.ts';
import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { World, WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';

/** What Apple offered each model in the last answer that was read and not doubtful. */
export interface FeedAsRead {
  note(event: WorldEvent): void;
  /** The app has stored what it made of the last answer; before that, it may have died with it. */
  saved(): void;
  /** Offered to that device: in PublicAssetSets, or in AssetSets when it is supervised, and not taken back. */
  isOffered(device: WorldDevice, version: string): boolean;
  /** Apple had taken it back for that device by then, and not put it back since. */
  isTakenBack(device: WorldDevice, version: string): boolean;
  /** `isLeftOut`: what does not count. */
  newest(device: WorldDevice, isLeftOut?: (version: string) => boolean): string | undefined;
  /** All that is offered to it. */
  offered(device: WorldDevice): readonly string[];
  /** All that was ever listed for it, for whomever, and is not taken back. */
  everOffered(device: WorldDevice): readonly string[];
  /** What is listed for its model now, be it for supervised devices only, and is not taken back. */
  listed(device: WorldDevice): readonly string[];
}

const WEEK_MS = 7 * 86_400_000;

export function createFeedAsRead(world: World): FeedAsRead {
  let open = new Map<string, Set<string>>();
  let managed = new Map<string, Set<string>>();
  const ever = new Map<string, Set<string>>();
  let readAt = 0;
  /** What was wrong with the answer that is held; undefined before there is one. */
  let held: { fault: string | undefined } | undefined;
  /** Model and version. */
  const takenBack = new Set<string>();
  let unsaved: (() => void) | undefined;

  function offers(device: WorldDevice): ReadonlySet<string> {
    return (device.spec.isSupervised ? managed : open).get(device.spec.model.deviceId) ?? new Set();
  }

  function isTakenBack({ spec }: WorldDevice, version: string): boolean {
    return takenBack.has(`${spec.model.deviceId} ${version}`);
  }

  function offered(device: WorldDevice): string[] {
    return [...offers(device)].filter((version) => !isTakenBack(device, version));
  }

  /** What a whole answer read at `readAt` takes back, and what it has again in PublicAssetSets: being in AssetSets says nothing. */
  function noteWithdrawals(before: typeof open): void {
    // Rule 2: the newest of a model is gone, and no newer one is there; that one may have come and been taken back unseen.
    for (const [deviceId, versions] of before) {
      const newest = newestOf(versions);
      const now = newestOf(open.get(deviceId) ?? []);
      if (newest !== undefined && (now === undefined || compareVersionTexts(now, newest) < 0)) takenBack.add(`${deviceId} ${newest}`);
    }
    for (const { version, deviceIds, from, until } of world.feed.withdrawals)
      for (const deviceId of deviceIds) {
        // With a newer one there it can't be told from one that was replaced.
        const now = newestOf(open.get(deviceId) ?? []);
        const isSeen = now === undefined || compareVersionTexts(now, version) < 0;
        if (isSeen && from <= readAt && readAt < until) takenBack.add(`${deviceId} ${version}`);
      }
    for (const key of takenBack) {
      const [deviceId = '', version = ''] = key.split(' ');
      if (open.get(deviceId)?.has(version)) takenBack.delete(key);
    }
  }

  return {
    note(event) {
      if (event.kind !== 'feed') return;
      // What was read before this and not stored, the app that reads now never knew.
      unsaved = undefined;
      if (event.status !== 200) return;
      // A first answer has nothing to be doubted by; the worst that it can be is a week old, or a part. Nor has the next
      // of the same kind beside it: the same half lacks nothing that was held. An empty one is none.
      if (event.fault === 'empty') return;
      if (event.fault !== undefined && held !== undefined && event.fault !== held.fault) return;
      const answer = world.feed.build(event.fault === 'older' ? event.at - WEEK_MS : event.at);
      unsaved = () => {
        const before = open;
        open = versionsOf(answer, ['PublicAssetSets']);
        managed = versionsOf(answer, ['PublicAssetSets', 'AssetSets']);
        for (const [deviceId, versions] of managed) ever.set(deviceId, new Set([...(ever.get(deviceId) ?? []), ...versions]));
        held = { fault: event.fault };
        if (event.fault !== undefined) return;
        readAt = event.at;
        noteWithdrawals(before);
      };
    },
    saved() {
      unsaved?.();
      unsaved = undefined;
    },
    isTakenBack,
    isOffered: (device, version) => offers(device).has(version) && !isTakenBack(device, version),
    newest: (device, isLeftOut = () => false) => newestOf(offered(device).filter((version) => !isLeftOut(version))),
    offered,
    everOffered: (device) => [...(ever.get(device.spec.model.deviceId) ?? [])].filter((version) => !isTakenBack(device, version)),
    listed: (device) => [...(managed.get(device.spec.model.deviceId) ?? [])].filter((version) => !isTakenBack(device, version)),
  };
}

function newestOf(versions: Iterable<string>): string | undefined {
  return [...versions].sort(compareVersionTexts).at(-1);
}

function versionsOf(answer: PmvAnswer, sets: readonly ('PublicAssetSets' | 'AssetSets')[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>();
  for (const set of sets) {
    for (const asset of Object.values(answer[set]).flat()) {
      for (const model of asset.SupportedDevices) {
        const known = versions.get(model);
        if (known) known.add(asset.ProductVersion);
        else versions.set(model, new Set([asset.ProductVersion]));
      }
    }
  }
  return versions;
}
