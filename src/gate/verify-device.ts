/** Who signed what a device sends about itself before it is enrolled (its MachineInfo). */

export type DeviceSigned =
  /** Signed by a certificate whose chain ends in one that is believed; nothing is said of its dates. */
  | { ok: true; content: Uint8Array }
  /** `problem`: what is wrong with it, for people, without a full stop. */
  | { ok: false; problem: string };

/** Longest message that is looked at, in bytes. One of a Mac with its whole chain has 5 kB. */
export const SIGNED_BYTES_MAX = 64 * 1024;

/** Never rejects, whatever the bytes are. */
export type VerifyDevice = (signed: Uint8Array) => Promise<DeviceSigned>;
