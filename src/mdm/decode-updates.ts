import { decodeErrorChain } from './decode-error-chain.ts';
import { flagAt, isDictionary, numberAt, type PlistDictionary, textAt, valueAt, withoutUndefined } from './fields.ts';
import type { AvailableUpdate, UpdateResult, UpdateStatus } from './messages.ts';

/** Answers of the update commands. Devices spell keys in two ways and put other types than the schema says; what can't be read is absent. */

/** Most entries kept of a list: a Mac that was away for years lists a dozen. */
const ENTRIES_MAX = 30;

export function decodeAvailableUpdates(plist: PlistDictionary): AvailableUpdate[] | undefined {
  return entriesAt(plist, 'AvailableOSUpdates')?.map((item) =>
    withoutUndefined({
      productKey: textAt(item, 'ProductKey') ?? '',
      name: textAt(item, 'HumanReadableName'),
      version: textAt(item, 'Version'),
      versionExtra: textAt(item, 'SupplementalOSVersionExtra'),
      build: textAt(item, 'Build'),
      downloadSize: numberAt(item, 'DownloadSize'),
      installSize: numberAt(item, 'InstallSize'),
      isMajor: flagAt(item, 'IsMajorOSUpdate'),
      isCritical: flagAt(item, 'IsCritical'),
      isConfigData: flagAt(item, 'IsConfigDataUpdate') ?? flagAt(item, 'IsConfigurationDataUpdate'),
      isFirmware: flagAt(item, 'IsFirmwareUpdate'),
      isSecurityResponse: flagAt(item, 'IsSecurityResponse'),
      restartRequired: flagAt(item, 'RestartRequired'),
      requiresBootstrapToken: flagAt(item, 'RequiresBootstrapToken'),
      deferredUntil: dateAt(item, 'DeferredUntil'),
    }),
  );
}

export function decodeUpdateStatuses(plist: PlistDictionary): UpdateStatus[] | undefined {
  return entriesAt(plist, 'OSUpdateStatus')?.map((item) =>
    withoutUndefined({
      productKey: textAt(item, 'ProductKey') ?? '',
      status: textAt(item, 'Status') ?? '',
      isDownloaded: flagAt(item, 'IsDownloaded'),
      percentComplete: numberAt(item, 'DownloadPercentComplete'),
      deferralsRemaining: numberAt(item, 'DeferralsRemaining'),
      nextScheduledInstall: dateAt(item, 'NextScheduledInstall'),
    }),
  );
}

export function decodeUpdateResults(plist: PlistDictionary): UpdateResult[] | undefined {
  return entriesAt(plist, 'UpdateResults')?.map((item) =>
    withoutUndefined({
      productKey: textAt(item, 'ProductKey') ?? '',
      installAction: textAt(item, 'InstallAction') ?? '',
      status: textAt(item, 'Status') ?? '',
      errorChain: decodeErrorChain(valueAt(item, 'ErrorChain')),
    }),
  );
}

/** Absent when the key is; a single dictionary counts as a list of one. */
function entriesAt(plist: PlistDictionary, key: string): PlistDictionary[] | undefined {
  const value = valueAt(plist, key);
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).filter(isDictionary).slice(0, ENTRIES_MAX);
}

/** A plist date as RFC 3339; the year 0001 of a Mac that has none stays readable. */
function dateAt(item: PlistDictionary, key: string): string | undefined {
  const value = valueAt(item, key) as { toISOString?: () => string } | undefined;
  if (typeof value?.toISOString !== 'function') return textAt(item, key);
  try {
    return value.toISOString();
  } catch {
    return undefined;
  }
}
