import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Seal } from '../runtime.ts';

const ALGORITHM = 'aes-256-gcm';
/** The first byte says how the rest was made. */
const FORM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/**
 * AES-256-GCM with a new random nonce for each: form, nonce, tag, ciphertext. Random nonces of 96 bits are safe for some
 * 2^32 messages under one key (NIST SP 800-38D, 8.3). `key` has 32 bytes.
 */
export function createSeal(key: Uint8Array): Seal {
  return {
    seal(bytes) {
      const head = Buffer.concat([Buffer.of(FORM), randomBytes(NONCE_BYTES)]);
      const cipher = createCipheriv(ALGORITHM, key, head.subarray(1));
      const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
      return Buffer.concat([head, cipher.getAuthTag(), encrypted]);
    },
    open(sealed) {
      if (sealed[0] !== FORM || sealed.byteLength < HEAD_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(sealed.subarray(HEAD_BYTES, HEAD_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES + TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
