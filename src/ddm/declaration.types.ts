/** Wire types of declarations, spelled as Apple spells them. */

/** A declaration as the device fetches it. https://developer.apple.com/documentation/devicemanagement/declarationbase */
export interface Declaration {
  Type: string;
  /** At most 64 octets, [A-Za-z0-9._-]; unique per device over all kinds. */
  Identifier: string;
  /** At most 64 octets; a digest of type, identifier and payload. */
  ServerToken: string;
  Payload: Record<string, unknown>;
}

export type DeclarationKind = 'activation' | 'asset' | 'configuration' | 'management';

/** What one device is to hold: the declarations and what follows from them. */
export interface DeclarationSet {
  /** Sorted by Identifier. */
  declarations: Declaration[];
  /** Digest over the sorted (Identifier, ServerToken) pairs: changes if and only if the set does. */
  token: string;
}

/** Payload of com.apple.configuration.softwareupdate.enforcement.specific. */
export interface EnforcementSpecific {
  TargetOSVersion: string;
  TargetBuildVersion?: string;
  /** yyyy-mm-ddThh:mm:ss, device-local wall clock, no zone. */
  TargetLocalDateTime: string;
  DetailsURL?: string;
}

/** Whether the device does it by itself: as its user likes (Apple's default), always, or never. */
export type AutomaticAction = 'Allowed' | 'AlwaysOn' | 'AlwaysOff';

/** A beta program by the token that Apple issues to the organisation. */
export interface BetaProgram {
  /** Shown to the user. */
  Description: string;
  Token: string;
}

/**
 * Payload of com.apple.configuration.softwareupdate.settings; periods in whole days, 1 to 90.
 * https://developer.apple.com/documentation/devicemanagement/softwareupdatesettings
 */
export interface SoftwareUpdateSettings {
  Notifications?: boolean;
  Deferrals?: { CombinedPeriodInDays?: number; MajorPeriodInDays?: number; MinorPeriodInDays?: number; SystemPeriodInDays?: number };
  RecommendedCadence?: 'All' | 'Oldest' | 'Newest';
  AutomaticActions?: { Download?: AutomaticAction; InstallOSUpdates?: AutomaticAction; InstallSecurityUpdate?: AutomaticAction };
  /** Background security improvements, by their older name. */
  RapidSecurityResponse?: { Enable?: boolean; EnableRollback?: boolean };
  AllowStandardUserOSUpdates?: boolean;
  Beta?: { ProgramEnrollment?: AutomaticAction; OfferPrograms?: BetaProgram[]; RequireProgram?: BetaProgram };
}
