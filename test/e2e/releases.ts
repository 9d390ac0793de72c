const DAY_MS = 86_400_000;

/** Apple's answer (v2/pmv) with one release for each of some devices, as it looks some days after it appeared. */
export function lookupAnswer(
  releases: readonly { version: string; build: string; devices: readonly string[] }[],
  now = Date.now(),
): unknown {
  const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const entries = releases.map(({ version, build, devices }) => ({
    ProductVersion: version,
    Build: build,
    PostingDate: day(now - 5 * DAY_MS),
    ExpirationDate: day(now + 90 * DAY_MS),
    SupportedDevices: devices,
  }));
  return {
    PublicAssetSets: { iOS: entries, macOS: [], visionOS: [] },
    AssetSets: { iOS: entries, macOS: [], visionOS: [] },
    PublicRapidSecurityResponses: {},
  };
}
