import type { SimCatalogue } from './catalogue.ts';
import type { DeviceSpec, Switches } from './device.types.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Model, type Release, twinOf } from './table.ts';
import type { RunningSystem } from './update-engine.ts';

/** The background improvement of March 2026, by the build it stands on. */
const IMPROVEMENTS: Readonly<Record<string, string>> = { '23D8133': '23D771330a', '23D9133': '23D771330a', '25D2128': '25D771280a' };

/** The newest release before `osVersion` that Apple still signs for the model and that takes declarations. */
export function signedBefore(catalogue: SimCatalogue, model: Model, osVersion: string, at: number): Release | undefined {
  return catalogue
    .offeredTo(model, at)
    .filter((release) => compareVersionTexts(release.version, osVersion) < 0 && canEnforceByDeclaration(model.family, release.version))
    .findLast((release) => catalogue.retiresAt(release, at) > at);
}

/** What a device runs when its world begins. */
export function systemAtStart({ osVersion, build }: DeviceSpec, { supplemental: extra }: Switches): RunningSystem {
  const improvement = IMPROVEMENTS[build];
  const supplemental = improvement !== undefined && extra !== 'none' ? { supplemental: { extra, build: improvement } } : {};
  return { osVersion, build, isRestarting: false, ...supplemental };
}

/** Puts the device on the release before; false when none is signed. */
export function installOlder(spec: DeviceSpec, system: RunningSystem, catalogue: SimCatalogue, at: number): boolean {
  const release = signedBefore(catalogue, spec.model, system.osVersion, at);
  if (release === undefined) return false;
  delete system.before;
  delete system.supplemental;
  system.osVersion = release.version;
  system.build = (spec.usesTwinBuilds ? twinOf(release) : undefined) ?? release.build;
  return true;
}
