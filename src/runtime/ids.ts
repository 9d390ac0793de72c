import { randomBytes, randomUUID } from 'node:crypto';
import type { Ids } from '../runtime.ts';

export function createSystemIds(): Ids {
  return { uuid: () => randomUUID(), secret: () => randomBytes(32).toString('hex') };
}
