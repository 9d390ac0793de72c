import { ailmentOf } from './ailments.ts';
import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import type { LegacyQuirks } from './legacy.types.ts';
import { controllerErrorChain, DECLARATION_IN_PLACE, type LegacyFailure, legacyErrorChain } from './legacy-errors.ts';
import type { AfterDownload, LegacyJob } from './legacy-job.ts';
import { deferredUntil, isMajorUpgrade, otherItems, productKeyOf } from './legacy-list.ts';
import { hasUserLoggedIn } from './legacy-presence.ts';
import type { PlistDict } from './plist.ts';
import type { Presence } from './presence.ts';
import { compareVersionTexts, majorOf, type Release } from './table.ts';
import type { RunningSystem } from './update-engine.ts';

export interface LegacyCommandsOptions {
  spec: DeviceSpec;
  world: DeviceWorld;
  presence: Presence;
  system: RunningSystem;
  job: LegacyJob;
  /** An enforcement declaration is at work. */
  isEnforcing(): boolean;
  /** An update, whoever began it, is about to restart the device. */
  isInstalling(): boolean;
}

export interface ScheduleOptions extends LegacyCommandsOptions {
  /** What is left of the quirks that fade; changed here. */
  left: LegacyQuirks;
  refusal(failure: LegacyFailure): PlistDict;
  isWedged(): boolean;
}

/** One of UpdateResults, and whether it made a download start; or the answer to the whole command. */
type ItemAnswer = { result: PlistDict; isStart?: boolean } | { whole: PlistDict };

const ACKNOWLEDGED: PlistDict = { Status: 'Acknowledged' };

/** Since when a Mac knows an action; other systems know the first three of these only. */
const ACTIONS: Readonly<Record<string, string>> = {
  Default: '10.11',
  DownloadOnly: '11',
  InstallASAP: '10.11',
  NotifyOnly: '10.11',
  InstallLater: '10.11',
  InstallForceRestart: '11',
};
const EVERYWHERE: ReadonlySet<string> = new Set(['Default', 'DownloadOnly', 'InstallASAP']);
/** What Intune lets macOS 13 do. */
const EARLY: ReadonlySet<string> = new Set(['Default', 'InstallASAP']);
/** Not for upgrades to another major version. */
const MINOR_ONLY: ReadonlySet<string> = new Set(['DownloadOnly', 'InstallLater', 'InstallForceRestart']);

/** Answers ScheduleOSUpdate. https://developer.apple.com/documentation/devicemanagement/schedule-os-update-command */
export function createScheduleAnswer(options: ScheduleOptions): (command: PlistDict, commandUuid: string) => PlistDict {
  const { spec, world, system, job, left, refusal, isWedged, isEnforcing, isInstalling } = options;
  const { scheduler, catalogue } = world;
  const { family, isAppleSilicon } = spec.model;
  const isMac = family === 'Mac';
  const isIos = family === 'iPhone' || family === 'iPad';
  const since = (version: string) => compareVersionTexts(system.osVersion, version) >= 0;
  /** Counts one down; false when there is none left. */
  const takes = (name: { [K in keyof LegacyQuirks]: LegacyQuirks[K] extends number ? K : never }[keyof LegacyQuirks]) => {
    if (left[name] <= 0) return false;
    (left as Record<typeof name, number>)[name]--;
    return true;
  };

  function failed(release: Release, failure: LegacyFailure, status: string): ItemAnswer {
    const chain = legacyErrorChain(failure, family, system.osVersion);
    if (left.failuresIn === 'status') return { whole: { Status: 'Error', ErrorChain: chain } };
    return { result: { ProductKey: productKeyOf(spec, system, release), InstallAction: 'Error', Status: status, ErrorChain: chain } };
  }

  function done(release: Release, action: string, status: string, isStart = false): ItemAnswer {
    const isIdle = status === 'Downloading' || status === 'Idle';
    const said = left.saysUpdateAvailable && isIdle ? 'UpdateAvailable' : status;
    return { result: { ProductKey: productKeyOf(spec, system, release), InstallAction: action, Status: said }, isStart };
  }

  /** What was asked for, of what Apple offers this model now; undefined when there is nothing like it to do. */
  function wanted(item: PlistDict): Release | undefined {
    const newer = catalogue
      .offeredTo(spec.model, scheduler.now())
      .filter((release) => compareVersionTexts(release.version, system.osVersion) > 0);
    const { ProductKey: key, ProductVersion: version } = item;
    const found =
      key !== undefined
        ? newer.find((release) => productKeyOf(spec, system, release) === key)
        : version !== undefined
          ? newer.find((release) => compareVersionTexts(release.version, String(version)) === 0)
          : newer.at(-1);
    // Before 10.3 nothing but the newest is signed for the device.
    return isIos && !since('10.3') && found !== newer.at(-1) ? undefined : found;
  }

  function nothingToDo(item: PlistDict): ItemAnswer {
    if (spec.trouble === 'update-not-listed' || left.afterRestart === 'error') return { whole: refusal('no-update') };
    if (left.afterRestart === 'no-results') return { whole: ACKNOWLEDGED };
    return { result: { ProductKey: item.ProductKey ?? '', InstallAction: 'InstallASAP', Status: 'Idle' } };
  }

  function downloadFailure(release: Release): ItemAnswer | undefined {
    const ailment = ailmentOf(spec, scheduler.now());
    if (ailment === 'insufficient-space') return failed(release, 'download-space', 'DownloadInsufficientSpace');
    if (spec.trouble === 'insufficient-network') return failed(release, 'download-network', 'DownloadInsufficientNetwork');
    if (spec.trouble === 'needs-computer') return failed(release, 'requires-computer', 'DownloadRequiresComputer');
    if (takes('lowPower')) return failed(release, 'download-power', 'DownloadInsufficientPower');
    return undefined;
  }

  function installFailure(release: Release): ItemAnswer | undefined {
    if (ailmentOf(spec, scheduler.now()) === 'insufficient-power') return failed(release, 'install-power', 'InstallInsufficientPower');
    if (spec.trouble === 'install-failed') return failed(release, 'install-failed', 'InstallFailed');
    if (takes('lowPower')) return failed(release, 'install-power', 'InstallInsufficientPower');
    if (family === 'iPhone' && takes('phoneCalls')) return done(release, 'InstallASAP', 'InstallPhoneCallInProgress');
    return undefined;
  }

  function download(release: Release, action: string, commandUuid: string, item: PlistDict): ItemAnswer {
    const problem = downloadFailure(release);
    if (problem) return problem;
    const deferrals = since('12') && typeof item.MaxUserDeferrals === 'number' ? item.MaxUserDeferrals : undefined;
    const after: Readonly<Record<string, AfterDownload>> = {
      InstallASAP: 'install',
      InstallForceRestart: 'install',
      InstallLater: 'install-later',
      NotifyOnly: 'notify',
    };
    // On iPhone, iPad and Apple TV the second command installs.
    job.start(release, commandUuid, isMac ? (after[action] ?? 'nothing') : 'nothing', deferrals);
    return done(release, isMac && action !== 'Default' ? action : 'DownloadOnly', 'Downloading', true);
  }

  /** It is downloaded, and more than a download is asked for. */
  function install(release: Release, action: string, commandUuid: string, item: PlistDict): ItemAnswer {
    const problem = installFailure(release);
    if (problem) return problem;
    if (isMac && (action === 'InstallLater' || takes('choosesOtherAction'))) {
      job.installLater(commandUuid, typeof item.MaxUserDeferrals === 'number' ? item.MaxUserDeferrals : 1);
      return done(release, 'InstallLater', 'Idle');
    }
    if (!isMac && takes('choosesOtherAction')) return done(release, 'DownloadOnly', 'Idle');
    if (isIos && spec.legacy?.passcode && takes('neverPrompts')) return done(release, 'InstallASAP', 'Idle');
    job.install(commandUuid);
    return done(
      release,
      action === 'InstallForceRestart' ? action : 'InstallASAP',
      job.phase === 'awaiting-passcode' ? 'Idle' : 'Installing',
    );
  }

  function known(release: Release, action: string, commandUuid: string, item: PlistDict): ItemAnswer {
    if (isInstalling() || job.phase === 'installing') return done(release, 'InstallASAP', 'Installing');
    const isInstall = action !== 'DownloadOnly' && action !== 'NotifyOnly';
    if (job.phase === 'scheduled' && isInstall) {
      if (isMac && action !== 'InstallLater') return install(release, action, commandUuid, item);
      if (!isMac && left.secondCommandInstalls) job.installEarly(commandUuid);
      return done(release, isMac ? action : 'InstallASAP', isMac ? 'Idle' : 'Installing');
    }
    if (job.phase === 'scheduled') return done(release, action, isMac ? 'Idle' : 'Installing');
    if (job.phase === 'none' || job.version !== release.version) {
      const isEarly = !isMac && action === 'InstallASAP';
      if (isEarly && left.asapBeforeDownload === 'refuses') return failed(release, 'requires-download', 'Idle');
      return download(release, action, commandUuid, item);
    }
    if (job.phase === 'downloading') {
      if (isMac && isInstall && action === 'InstallLater') job.installLater(commandUuid, undefined);
      else if (isMac && isInstall && action !== 'Default') job.install(commandUuid);
      return done(release, isMac && action !== 'Default' ? action : 'DownloadOnly', 'Downloading');
    }
    if (job.phase === 'awaiting-passcode') return done(release, isInstall ? 'InstallASAP' : 'DownloadOnly', 'Idle');
    return isInstall ? install(release, action, commandUuid, item) : done(release, action, 'Idle');
  }

  function answerItem(item: PlistDict, commandUuid: string): ItemAnswer {
    const action = String(item.InstallAction ?? 'Default');
    const isKnown = isMac ? since(ACTIONS[action] ?? '99') : EVERYWHERE.has(action);
    const isRefused = isMac && majorOf(system.osVersion) === 13 && world.switches.macos13Actions === 'asap-only' && !EARLY.has(action);
    const canNameVersion = since(isMac ? '12' : isIos ? '11.3' : '12.2');
    if (!isKnown || isRefused || (item.ProductKey === undefined && item.ProductVersion !== undefined && !canNameVersion))
      return { whole: refusal('malformed') };
    if (isMac && otherItems(system).some((other) => other.ProductKey === item.ProductKey))
      return {
        result: { ProductKey: item.ProductKey, InstallAction: action === 'Default' ? 'InstallASAP' : action, Status: 'Installing' },
      };
    const release = spec.trouble === 'update-not-listed' || isHeldBack() ? undefined : wanted(item);
    if (!release) return nothingToDo(item);
    if (isMac && MINOR_ONLY.has(action) && isMajorUpgrade(system.osVersion, release.version)) return { whole: refusal('malformed') };
    return known(release, action, commandUuid, item);
  }

  function isHeldBack(): boolean {
    const { deferredUntil: deferral } = world.switches;
    const now = scheduler.now();
    return isMac && left.saysDeferred && deferral === 'holds-back' && now < deferredUntil(spec, now, deferral);
  }

  /** What keeps the device from looking at the items at all. */
  function obstacle(): PlistDict | undefined {
    if (takes('notNows')) return { Status: 'NotNow' };
    if (isIos && !since('10.3')) {
      if (!spec.legacy?.isDepEnrolled) return refusal('access-rights');
      if (spec.legacy.passcode) return refusal('passcode-set');
    }
    if (hasUserLoggedIn(spec, scheduler.now())) return refusal('shared-user');
    if (isEnforcing()) return { Status: 'Error', ErrorChain: DECLARATION_IN_PLACE };
    if (spec.trouble === 'bootstrap-token-suspected' && isMac && isAppleSilicon && since('11'))
      return { Status: 'Error', ErrorChain: controllerErrorChain(7507) };
    // Nothing of it can be told from here.
    if (isWedged() || spec.trouble === 'known-bug' || takes('nothingFollows')) return ACKNOWLEDGED;
    return undefined;
  }

  return (command, commandUuid) => {
    const refused = obstacle();
    if (refused) return refused;
    const items = Array.isArray(command.Updates) && command.Updates.length > 0 ? (command.Updates as PlistDict[]) : [{}];
    const answers = items.map((item) => answerItem(item, commandUuid));
    for (const answer of answers) if ('whole' in answer) return answer.whole;
    const results = answers.filter((answer) => 'result' in answer);
    const hasStarted = results.some((answer) => answer.isStart === true);
    if (hasStarted && takes('errorThoughItDownloads')) return refusal('download-failed');
    if (isMac && (left.noise === 7507 || left.noise === 7509)) {
      const chain = controllerErrorChain(left.noise);
      left.noise = 0;
      return { Status: 'Error', ErrorChain: chain };
    }
    return { Status: 'Acknowledged', UpdateResults: results.map((answer) => answer.result) };
  };
}
