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
