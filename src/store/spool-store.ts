/** Webhooks that wait for targets of `forward:`, sealed: nobody reads them without the key. In the order in which they came. */
export interface SpoolStore {
  /** Resolves to the number of its row once it is on disk. Bounded by the caller. */
  addToSpool(sealed: Uint8Array, targets: readonly string[]): Promise<number>;
  /** Those behind that row, oldest first, each with the targets that it still waits for. */
  listSpool(afterSeq: number, limit: number): Promise<SpooledEvent[]>;
  /** They wait for these targets no more; what waits for nobody is gone. All or nothing. */
  removeFromSpool(done: readonly { seq: number; target: string }[]): Promise<void>;
  /** Nothing waits any more; resolves to how many did. */
  emptySpool(): Promise<number>;
}

export interface SpooledEvent {
  seq: number;
  sealed: Uint8Array;
  targets: string[];
}
