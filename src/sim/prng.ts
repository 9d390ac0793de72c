import { createHash } from 'node:crypto';

/**
 * The one source of chance of the simulated world: sfc32, seeded by a digest. A fork depends only on the seed
 * and the label, never on how much was drawn before, so that adding one draw doesn't change every device.
 */
export interface Prng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  int(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** One item, as often as its weight says. Weights needn't add up to anything. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** `length` lower-case hex digits. */
  hex(length: number): string;
  /** RFC 4122 version 4, lower case. */
  uuid(): string;
  fork(label: string): Prng;
}

export function createPrng(seed: string | number): Prng {
  const path = String(seed);
  const digest = createHash('sha256').update(path).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;

  function word(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  }

  const prng: Prng = {
    next: () => word() / 4294967296,
    int: (min, max) => min + Math.floor(prng.next() * (max - min + 1)),
    chance: (probability) => prng.next() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[prng.int(0, items.length - 1)] as T;
    },
    weighted<T>(items: readonly (readonly [number, T])[]): T {
      const total = items.reduce((sum, [weight]) => sum + weight, 0);
      let rest = prng.next() * total;
      for (const [weight, item] of items) {
        rest -= weight;
        if (rest < 0) return item;
      }
      return prng.pick(items)[1];
    },
    shuffle<T>(items: readonly T[]): T[] {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = prng.int(0, i);
        [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
      }
      return copy;
    },
    hex(length) {
      let text = '';
      while (text.length < length) text += word().toString(16).padStart(8, '0');
      return text.slice(0, length);
    },
    uuid() {
      const h = prng.hex(32);
      const variant = '89ab'[Number.parseInt(h[16] as string, 16) % 4];
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
    },
    fork: (label) => createPrng(`${path}/${label}`),
  };
  return prng;
}
