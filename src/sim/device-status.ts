import { systemTold } from './ailments.ts';
import { supportedStatusItems } from './capabilities.ts';
import type { DeviceSpec, Switches } from './device.types.ts';
import { canEnforce } from './device-judge.ts';
import type { RunningSystem } from './update-engine.ts';

const FAMILY_OS = { iPhone: 'iOS', iPad: 'iPadOS', Mac: 'macOS', 'Apple TV': 'tvOS', 'Vision Pro': 'visionOS' } as const;

/** The status items this device has on its OS, with their values; `update` holds those of softwareupdate.* that move. */
export function statusItemsOf(
  spec: DeviceSpec,
  system: RunningSystem,
  update: Record<string, unknown>,
  { at, switches }: { at: number; switches?: Switches } = { at: 0 },
): Record<string, unknown> {
  const { model } = spec;
  const told = systemTold(spec, system, 'status', at);
  const values: Record<string, unknown> = {
    'device.identifier.serial-number': spec.isUserEnrollment ? undefined : spec.serialNumber,
    'device.identifier.udid': spec.isUserEnrollment ? undefined : spec.id,
    'device.model.family': model.family,
    'device.model.identifier': model.productName,
    'device.model.marketing-name': model.name,
    'device.operating-system.build-version': told.build,
    'device.operating-system.family': FAMILY_OS[model.family],
    'device.operating-system.marketing-name': `${FAMILY_OS[model.family]} ${Number.parseInt(system.osVersion, 10)}`,
    'device.operating-system.supplemental.build-version': system.supplemental?.build ?? told.build,
    'device.operating-system.supplemental.extra-version': system.supplemental?.extra ?? '',
    'device.operating-system.version': told.osVersion,
    'mdm.enrollment-type': spec.isUserEnrollment ? 'user' : spec.isSupervised ? 'supervised' : 'device',
    'mdm.is-awaiting-configuration': spec.trouble === 'awaiting-configuration',
    'softwareupdate.beta-enrollment': spec.trouble === 'beta-os' ? 'Developer Beta' : '',
    'softwareupdate.device-id': model.deviceId,
    ...update,
  };
  const items: Record<string, unknown> = {};
  for (const name of supportedStatusItems(model.family, system.osVersion, canEnforce(spec), switches))
    if (values[name] !== undefined) items[name] = values[name];
  return items;
}
