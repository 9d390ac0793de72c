/** What became of a backup or a restore; `message` is for the operator and ends in a full stop. */
export type BackupOutcome<T> = { ok: true; value: T } | { ok: false; message: string };

export interface BackupTaken {
  file: string;
  /** Epoch ms: nothing later is in it. */
  at: number;
  /** Version of Ratchet that made it. */
  version: string;
  host: string | undefined;
  devices: number;
  bytes: number;
}

export interface BackupUsed extends BackupTaken {
  data: string;
  /** False: not made by `ratchet backup`; `at` is when its server last noted the time. */
  isMarked: boolean;
  /** Names of what was in the folder, put aside. */
  aside: string[];
}
