import { ENFORCEMENT, SUBSCRIPTIONS, supportedDeclarations } from './capabilities.ts';
import type { HeldDeclaration, Judge } from './ddm-client.ts';
import type { DeviceSpec } from './device.types.ts';
import { SETTINGS, settingsRefusal } from './settings-judge.ts';
import { compareVersionTexts } from './table.ts';
import type { Enforcement, RunningSystem } from './update-engine.ts';

const ENFORCEMENT_KEYS: ReadonlySet<string> = new Set(['TargetOSVersion', 'TargetBuildVersion', 'TargetLocalDateTime', 'DetailsURL']);

/** The enforcement in a declaration; undefined when it isn't a well-formed one. */
export function enforcementOf(declaration: HeldDeclaration): Enforcement | undefined {
  const { TargetOSVersion: version, TargetBuildVersion: build, TargetLocalDateTime: local } = declaration.payload;
  if (declaration.type !== ENFORCEMENT || typeof version !== 'string' || typeof local !== 'string') return undefined;
  if (!/^\d+(\.\d+){0,2}$/.test(version) || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(local)) return undefined;
  return {
    identifier: declaration.identifier,
    targetVersion: version,
    targetLocal: local,
    ...(typeof build === 'string' ? { targetBuild: build } : {}),
  };
}

/** Software-update declarations work on supervised Macs and on all but User Enrollment elsewhere. */
export function canEnforce(spec: DeviceSpec): boolean {
  return !spec.isUserEnrollment && (spec.model.family !== 'Mac' || spec.isSupervised);
}

/** What a device says to each configuration in force. */
export function createJudge(spec: DeviceSpec, system: RunningSystem, isUserChannel: boolean): Judge {
  return (declaration) => {
    const details = { Identifier: declaration.identifier, ServerToken: declaration.serverToken };
    const invalid = (code: string, more: Record<string, unknown> = details) => ({
      valid: 'invalid' as const,
      reasons: [{ code, description: 'The configuration can’t be applied.', details: more }],
    });
    if (!supportedDeclarations(spec.model.family, system.osVersion).configurations.includes(declaration.type)) {
      return invalid('Error.UnknownDeclarationType', { UnknownDeclarationType: declaration.type });
    }
    if (declaration.type === SUBSCRIPTIONS) {
      return Array.isArray(declaration.payload.StatusItems) ? { valid: 'valid' } : invalid('Error.ConfigurationCannotBeDeserialized');
    }
    if (declaration.type !== ENFORCEMENT && declaration.type !== SETTINGS) return { valid: 'valid' };
    if (isUserChannel || !canEnforce(spec)) return invalid('Error.ConfigurationNotSupported');
    if (declaration.type === SETTINGS) {
      const { osVersion } = system;
      const refusal = settingsRefusal(declaration.payload, { family: spec.model.family, osVersion, isSupervised: spec.isSupervised });
      return refusal ? invalid(refusal.code, refusal.details) : { valid: 'valid' };
    }
    const unknown = Object.keys(declaration.payload).filter((key) => !ENFORCEMENT_KEYS.has(key));
    if (unknown.length > 0) return invalid('Error.UnknownPayloadKeys', { UnknownPayloadKeys: unknown });
    const enforcement = enforcementOf(declaration);
    if (!enforcement) return invalid('Error.ConfigurationIsInvalid', { Error: 'TargetOSVersion or TargetLocalDateTime' });
    if (compareVersionTexts(enforcement.targetVersion, system.osVersion) <= 0) {
      return invalid('Error.ConfigurationCannotBeApplied', { Error: `The device runs ${system.osVersion}.` });
    }
    return { valid: 'valid' };
  };
}
