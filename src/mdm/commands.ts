import { build, type PlistValue } from 'plist';

/**
 * Builders of MDM commands as the XML that the server passes to the device byte for byte. They start with `<?xml`
 * and nothing before it, because NanoMDM's SQL backends check exactly that; the same arguments give the same bytes,
 * because a command may be sent to the server twice under one CommandUUID.
 */

/** https://developer.apple.com/documentation/devicemanagement/deviceinformationcommand */
export function deviceInformationCommand(commandUuid: string, queries: readonly string[]): string {
  return command(commandUuid, { RequestType: 'DeviceInformation', Queries: [...queries] });
}

/** https://developer.apple.com/documentation/devicemanagement/securityinfocommand */
export function securityInfoCommand(commandUuid: string): string {
  return command(commandUuid, { RequestType: 'SecurityInfo' });
}

/**
 * Asks the device to synchronize its declarations. Without `Data`: a command may wait in the queue for days, and
 * tokens written into it would be stale, while without them the device fetches the current ones.
 * https://developer.apple.com/documentation/devicemanagement/declarativemanagementcommand
 */
export function declarativeManagementCommand(commandUuid: string): string {
  return command(commandUuid, { RequestType: 'DeclarativeManagement' });
}

/** One update of a ScheduleOSUpdate command, with Apple's names of its keys. Either a key or a version names it. */
export interface ScheduledUpdate {
  ProductKey?: string;
  ProductVersion?: string;
  InstallAction: string;
  /** Beside InstallLater. */
  MaxUserDeferrals?: number;
  Priority?: 'Low' | 'High';
}

/** https://developer.apple.com/documentation/devicemanagement/scheduleosupdatecommand */
export function scheduleOsUpdateCommand(commandUuid: string, updates: readonly ScheduledUpdate[]): string {
  return command(commandUuid, { RequestType: 'ScheduleOSUpdate', Updates: updates.map((update) => ({ ...update })) });
}

/** `Force` is the key of Apple's schema; the published example has another one. https://developer.apple.com/documentation/devicemanagement/scheduleosupdatescancommand */
export function scheduleOsUpdateScanCommand(commandUuid: string): string {
  return command(commandUuid, { RequestType: 'ScheduleOSUpdateScan', Force: true });
}

/** https://developer.apple.com/documentation/devicemanagement/availableosupdatescommand */
export function availableOsUpdatesCommand(commandUuid: string): string {
  return command(commandUuid, { RequestType: 'AvailableOSUpdates' });
}

/** https://developer.apple.com/documentation/devicemanagement/osupdatestatuscommand */
export function osUpdateStatusCommand(commandUuid: string): string {
  return command(commandUuid, { RequestType: 'OSUpdateStatus' });
}

function command(commandUuid: string, request: { RequestType: string; [key: string]: PlistValue }): string {
  return build({ CommandUUID: commandUuid, Command: request });
}
