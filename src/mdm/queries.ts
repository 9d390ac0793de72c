/** Every DeviceInformation query whose answer Ratchet reads, in the order in which it is asked. */
const queries = [
  'SerialNumber',
  'OSVersion',
  'SupplementalOSVersionExtra',
  'BuildVersion',
  'SupplementalBuildVersion',
  'ProductName',
  'Model',
  'ModelName',
  'SoftwareUpdateDeviceID',
  'IsSupervised',
  'IsAppleSilicon',
  'IsMultiUser',
  'AwaitingConfiguration',
  'IsMDMLostModeEnabled',
  'TimeZone',
  'BatteryLevel',
  'AvailableDeviceCapacity',
] as const;

/**
 * The queries to send to a device of that OS major version (undefined: not known). Queries a device doesn't know are
 * left out of its answer, but what an OS 27 device makes of a removed one isn't documented, so it isn't asked.
 * https://developer.apple.com/documentation/devicemanagement/deviceinformationcommand/command/queries
 */
export function deviceInformationQueries(osMajor?: number): string[] {
  return queries.filter((query) => query !== 'SoftwareUpdateDeviceID' || osMajor === undefined || osMajor < 27);
}
