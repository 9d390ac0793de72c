import { randomUUID } from 'node:crypto';
import type { Ids } from '../runtime.ts';

export function createSystemIds(): Ids {
  return { uuid: () => randomUUID() };
}
