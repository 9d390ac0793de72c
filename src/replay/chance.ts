/** Chance without a generator: the same names always draw the same number, whatever was drawn before (FNV-1a, mixed). */
export function draw(...names: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const name of names) {
    const text = `${name}\n`;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** One of `all`, each as likely. */
export function pick<T>(all: readonly T[], ...names: (string | number)[]): T {
  return all[Math.floor(draw(...names) * all.length)] as T;
}
