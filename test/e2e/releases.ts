const DAY_MS = 86_400_000;

/** Apple's answer (v2/pmv) with one release for each of some devices, as it looks some days after it appeared. */
export function lookupAnswer(
  releases: readonly { version: string; build: string; devices: readonly string[]; platform?: 'iOS' | 'macOS' }[],
  now = Date.now(),
): unknown {
  const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const entriesOf = (key: 'iOS' | 'macOS') =>
    releases
      .filter(({ platform = 'iOS' }) => platform === key)
      .map(({ version, build, devices }) => ({
        ProductVersion: version,
        Build: build,
        PostingDate: day(now - 5 * DAY_MS),
        ExpirationDate: day(now + 90 * DAY_MS),
        SupportedDevices: devices,
      }));
  const sets = { iOS: entriesOf('iOS'), macOS: entriesOf('macOS'), visionOS: [] };
  return { PublicAssetSets: sets, AssetSets: sets, PublicRapidSecurityResponses: {} };
}
