import { ENFORCEMENT_TYPE } from '../ddm/declarations.ts';
import { type EnrollmentState, known } from '../enrollment/state.ts';
import { enforcementSupport } from '../os/availability.ts';
import type { Platform } from '../os/platform.ts';
import { updateCommandSupport } from '../os/update-commands.ts';
import type { OsVersion } from '../os/version.ts';
import type { Policy } from '../policy/policy.types.ts';

/** How this device is brought to its target; never both at once (promise 5). `none`: the policy allows only what its OS does not take. */
export type DeviceChannel = 'declarations' | 'commands' | 'none';

/** What the device says comes first, the table of versions second, commands last. */
export function channelOf(
  enrollment: EnrollmentState,
  platform: Platform,
  version: OsVersion | undefined,
  policy: Policy | undefined,
): DeviceChannel {
  const commands = updateCommandSupport(platform, version);
  switch (policy?.channel ?? 'auto') {
    case 'declarations':
      return 'declarations';
    case 'commands':
      return commands === 'supported' ? 'commands' : 'none';
    case 'auto':
      return !takesDeclarations(enrollment, platform, version) && commands === 'supported' ? 'commands' : 'declarations';
  }
}

export function takesDeclarations(enrollment: EnrollmentState, platform: Platform, version: OsVersion | undefined): boolean {
  const told = known(enrollment, 'clientCapabilities')?.declarations.includes(ENFORCEMENT_TYPE) ?? false;
  return told || version === undefined || enforcementSupport(platform, version) === 'supported';
}

/** Supervised, as the device tells it; Macs before 10.15 tell it by their enrollment. Undefined: not known. */
export function supervisionOf(enrollment: EnrollmentState, platform: Platform, version: OsVersion | undefined): boolean | undefined {
  const told = known(enrollment, 'isSupervised');
  if (told !== undefined || platform !== 'macOS' || version === undefined || version.major > 10 || version.minor >= 15) return told;
  return known(enrollment, 'enrolledViaDep');
}
