import type { Platform } from './platform.ts';
import { compareVersions, type OsVersion, parseVersion } from './version.ts';

/** A defect of Apple's that is bound to versions: shown by `why`, and followed where it changes what we do. */
export interface KnownBug {
  id: string;
  platforms: readonly Platform[];
  /** First and last version that has it. */
  from: string;
  to: string;
  /** What happens. */
  effect: string;
  /** What Ratchet does about it. */
  whatWeDo: string;
  source: string;
}

export const KNOWN_BUGS: readonly KnownBug[] = [
  {
    id: 'ios-11.3-schedule-os-update',
    platforms: ['iOS', 'iPadOS'],
    from: '11.3',
    to: '11.3.0',
    effect: 'ScheduleOSUpdate may not start anything; OSUpdateStatus tells IsDownloaded as a number (radar 45414737).',
    whatWeDo: 'The number is read as yes or no; the command is sent once per window and less is expected of it.',
    source: 'Fleetsmith, "ScheduleOSUpdate: Hitting a Moving Target" (2018)',
  },
  {
    id: 'ios-11.3.1-acknowledged-and-nothing',
    platforms: ['iOS', 'iPadOS'],
    from: '11.3.1',
    to: '11.3.1',
    effect: 'ScheduleOSUpdate is answered Acknowledged and nothing follows.',
    whatWeDo: 'Progress is asked for with OSUpdateStatus; without any the command follows again in the next window.',
    source: 'Open Radar 40161553',
  },
  {
    id: 'ios-11.4-error-though-it-starts',
    platforms: ['iOS', 'iPadOS'],
    from: '11.4',
    to: '11.4.1',
    effect: 'ScheduleOSUpdate is answered Error although the download starts (radar 45414692).',
    whatWeDo: 'An error is no failure before OSUpdateStatus has been answered.',
    source: 'Fleetsmith (2018), Open Radar 45414692',
  },
  {
    id: 'macos-13.3.1-software-update-wedged',
    platforms: ['macOS'],
    from: '13.3.1',
    to: '13.3.1',
    effect: 'softwareupdated may hang: scans end without a list.',
    whatWeDo: 'The scan is repeated once a day; a restart of the Mac usually helps.',
    source: 'Community reports (feedback 11777)',
  },
];

/** Those that this version has. */
export function knownBugsOf(platform: Platform, version: OsVersion | undefined): readonly KnownBug[] {
  if (version === undefined) return [];
  return KNOWN_BUGS.filter(({ platforms, from, to }) => {
    const [first, last] = [parseVersion(from), parseVersion(to)];
    return (
      platforms.includes(platform) &&
      first &&
      last &&
      compareVersions(version, first) >= 0 &&
      compareVersions({ ...version, extra: '' }, last) <= 0
    );
  });
}
