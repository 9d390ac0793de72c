import { createHash } from 'node:crypto';

/** Kept bodies of the other server's declarations; the oldest go. */
export const BODIES_MAX = 2_000;
const BODY_BYTES_MAX = 1024 * 1024;
const ALL_BYTES_MAX = 64 * 1024 * 1024;

export interface ForeignBody {
  identifier: string;
  serverToken: string;
  /** Whose answer it was. */
  enrollmentId: string;
  body: string;
}

/**
 * Declarations as the other server answered them, by identifier and server token (rule 31). In memory alone: an account, an
 * address with a key in it or any other secret may be in one, and nobody can tell which (rule 34).
 */
export interface ForeignBodies {
  /** Undefined: not kept, or not the same for everybody. */
  find(identifier: string, serverToken: string, enrollmentId: string): string | undefined;
  keep(body: ForeignBody): void;
}

interface Kept {
  enrollmentId: string;
  sha256: string;
  /** Absent once two devices got different ones. */
  body?: string;
  isShared: boolean;
  bytes: number;
}

/**
 * A body is given to others only once two devices got the same under that identifier and token: another server may write
 * something of one device's own into it. Where they got different ones it is kept for nobody.
 */
export function createForeignBodies(): ForeignBodies {
  const all = new Map<string, Kept>();
  let bytes = 0;

  function forgetOldest(): void {
    for (const [key, kept] of all) {
      if (all.size <= BODIES_MAX && bytes <= ALL_BYTES_MAX) return;
      all.delete(key);
      bytes -= kept.bytes;
    }
  }

  return {
    find(identifier, serverToken, enrollmentId) {
      const kept = all.get(keyOf(identifier, serverToken));
      return kept?.isShared || kept?.enrollmentId === enrollmentId ? kept.body : undefined;
    },
    keep({ identifier, serverToken, enrollmentId, body }) {
      const size = Buffer.byteLength(body);
      if (size > BODY_BYTES_MAX) return;
      const key = keyOf(identifier, serverToken);
      const sha256 = createHash('sha256').update(body).digest('hex');
      const kept = all.get(key);
      if (kept === undefined) {
        all.set(key, { enrollmentId, sha256, body, isShared: false, bytes: size });
        bytes += size;
        forgetOldest();
      } else if (kept.sha256 !== sha256) {
        bytes -= kept.bytes;
        all.set(key, { enrollmentId, sha256, isShared: false, bytes: 0 });
      } else if (kept.body !== undefined && kept.enrollmentId !== enrollmentId) kept.isShared = true;
    },
  };
}

function keyOf(identifier: string, serverToken: string): string {
  return JSON.stringify([identifier, serverToken]);
}
