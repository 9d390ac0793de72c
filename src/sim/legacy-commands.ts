import { hasUpdateCommands } from './capabilities.ts';
import { type LegacyTraits, NO_QUIRKS } from './legacy.types.ts';
import { dictsOf, updateAsked } from './legacy-asked.ts';
import { controllerErrorChain, type LegacyFailure, legacyErrorChain, UNSUPPORTED } from './legacy-errors.ts';
import { itemOf, otherItems, releasesListed } from './legacy-list.ts';
import { createScheduleAnswer, type LegacyCommandsOptions } from './legacy-schedule.ts';
import type { PlistDict } from './plist.ts';
import { compareVersionTexts, majorOf, type Release } from './table.ts';

/** The four commands that updated systems before declarations did, answered as Apple documents them, quirks included. */
export interface LegacyCommands {
  /** The answer without identity and CommandUUID; undefined for a command that is none of the four. */
  answer(command: PlistDict, commandUuid: string): PlistDict | undefined;
  /** Whether the result just answered is delivered a second time. */
  takesRepeat(): boolean;
}

const COMMANDS: ReadonlySet<string> = new Set(['ScheduleOSUpdateScan', 'AvailableOSUpdates', 'ScheduleOSUpdate', 'OSUpdateStatus']);

export function createLegacyCommands(options: LegacyCommandsOptions): LegacyCommands {
  const { spec, world, presence, system, job, isEnforcing } = options;
  const { scheduler, prng, catalogue } = world;
  const traits: LegacyTraits = spec.legacy ?? { isDepEnrolled: spec.isSupervised, quirks: NO_QUIRKS };
  /** What is left of those that fade. */
  const left = { ...traits.quirks };
  const { family } = spec.model;
  const isMac = family === 'Mac';
  const refusal = (failure: LegacyFailure): PlistDict => ({
    Status: 'Error',
    ErrorChain: legacyErrorChain(failure, family, system.osVersion),
  });
  const isWedged = () => isMac && scheduler.now() < traits.quirks.wedgedUntil;
  const schedule = createScheduleAnswer({ ...options, left, refusal, isWedged });
  /** What the last scan of a Mac found; Macs scan by themselves too, now and then. */
  let found: readonly Release[] =
    isMac && (left.scansHang > 0 || left.scansFindNothing > 0) ? [] : releasesListed(spec, system, catalogue, scheduler.now());

  /** What stands in the way of each of the four. */
  function obstacle(type: string): PlistDict | undefined {
    if (majorOf(system.osVersion) >= 27) {
      const { removedCommand } = world.switches;
      const isFormat =
        removedCommand === 'format' || (removedCommand === 'by-device' && traits.quirks.removedCommand === 'CommandFormatError');
      if (isFormat) return { Status: 'CommandFormatError' };
      if (removedCommand === 'other') return { Status: 'Error', ErrorChain: UNSUPPORTED };
    }
    if (!hasUpdateCommands(family, system.osVersion) || (type === 'ScheduleOSUpdateScan' && family === 'Apple TV')) return unknown(type);
    if (spec.isUserEnrollment) return refusal('access-rights');
    if (spec.trouble === 'awaiting-configuration')
      return traits.quirks.inSetupAssistant === 'NotNow' ? { Status: 'NotNow' } : refusal('setup-assistant');
    if (!spec.isSupervised && !(isMac && type === 'AvailableOSUpdates')) return refusal('not-supervised');
    if (spec.trouble === 'access-rights-missing' && !isMac) return refusal('access-rights');
    if (spec.trouble === 'lost-mode') return refusal('lost-mode');
    return undefined;
  }

  function scan(): PlistDict {
    if (!isMac) return { Status: 'Acknowledged' };
    if (isWedged()) return { Status: 'Acknowledged', ScanInitiated: true };
    const isNoise = left.noise === 7301;
    if (isNoise) left.noise = 0;
    if (left.scansHang > 0) left.scansHang--;
    else {
      const findsNothing = left.scansFindNothing > 0;
      if (findsNothing) left.scansFindNothing--;
      scheduler.at(scheduler.now() + prng.int(60, 600) * 1000, `${spec.id}/legacy/scan`, () => {
        found = findsNothing ? [] : releasesListed(spec, system, catalogue, scheduler.now());
      });
    }
    return isNoise ? { Status: 'Error', ErrorChain: controllerErrorChain(7301) } : { Status: 'Acknowledged', ScanInitiated: true };
  }

  function list(): PlistDict {
    const now = scheduler.now();
    const others = isMac && traits.quirks.listsMore && !isWedged() ? otherItems(system) : [];
    const releases = isEnforcing() || isWedged() ? [] : isMac ? found : releasesListed(spec, system, catalogue, now);
    const items = releases
      .filter((release) => compareVersionTexts(release.version, system.osVersion) > 0)
      .map((release) => itemOf(spec, system, release, now, world.switches.deferredUntil));
    const saysError =
      !isMac && family !== 'Apple TV' && traits.quirks.emptyListIsError && compareVersionTexts(system.osVersion, '11.3') >= 0;
    if (items.length === 0 && saysError) return refusal('no-update');
    return { Status: 'Acknowledged', AvailableOSUpdates: [...others, ...items] };
  }

  function status(): PlistDict {
    return { Status: 'Acknowledged', OSUpdateStatus: isEnforcing() || isWedged() ? [] : job.items() };
  }

  function respond(type: string, command: PlistDict, commandUuid: string): PlistDict {
    const refused = obstacle(type);
    if (refused) return refused;
    switch (type) {
      case 'ScheduleOSUpdateScan':
        return scan();
      case 'AvailableOSUpdates':
        return list();
      case 'OSUpdateStatus':
        return status();
      default:
        return schedule(command, commandUuid);
    }
  }

  function tell(type: string, command: PlistDict, commandUuid: string, before: string, answer: PlistDict): void {
    const result = dictsOf(answer.UpdateResults)[0];
    world.record({
      kind: 'legacy',
      what: 'command',
      commandUuid,
      requestType: type,
      ...updateAsked(command),
      answer: String(answer.Status),
      ...(result?.Status === undefined ? {} : { itemStatus: String(result.Status) }),
      before,
      isPresent: presence.isReachable(scheduler.now()),
    });
  }

  return {
    answer(command, commandUuid) {
      const type = String(command.RequestType);
      if (!COMMANDS.has(type)) return undefined;
      const before = job.phase;
      const answer = respond(type, command, commandUuid);
      tell(type, command, commandUuid, before, answer);
      return answer;
    },
    takesRepeat() {
      if (left.repeatsResults === 0) return false;
      left.repeatsResults--;
      return true;
    },
  };
}

function unknown(type: string): PlistDict {
  const text = `The request type “${type}” is not valid.`;
  return {
    Status: 'Error',
    ErrorChain: [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: text, USEnglishDescription: text }],
  };
}
