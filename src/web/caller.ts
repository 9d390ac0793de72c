/**
 * What it takes to call an operation. `metrics` opens /metrics and nothing else; `password`: the password itself with the
 * request, not a token and not a session.
 */
export type Access = 'metrics' | 'read' | 'operate' | 'password';

const RANKS: Readonly<Record<Access, number>> = { metrics: 0, read: 1, operate: 2, password: 3 };

/** Who calls the API. */
export interface Caller {
  /** The most it may do. */
  access: Access;
  /** In audit lines: "api" by the password, "token:<name>" by a token. */
  name: string;
  /** False: whoever calls may say that it is somebody else (the password, the demo). */
  isNamed: boolean;
}

export function mayCall({ access }: Caller, needed: Access): boolean {
  return RANKS[access] >= RANKS[needed];
}

/** For the audit log: a token is always named, beside the person its holder speaks for. */
export function byOf({ name, isNamed }: Caller, given: string | undefined): string {
  if (given === undefined) return name;
  return isNamed ? `${given} (${name})` : given;
}
