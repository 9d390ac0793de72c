import { z } from 'zod';
import type { Fetch } from '../runtime.ts';
import { ask, withStatus } from './ask.ts';
import type { VersionLink } from './host-links.ts';

/** MicroMDM says how it was built too; servers of the Nano family have this one key. */
const Answer = z.looseObject({ version: z.string().max(100), go_version: z.string().optional() });

/** GET /version of any of these servers. Never rejects. */
export async function askVersion(fetch: Fetch, url: string, timeoutMs: number): Promise<VersionLink> {
  const answer = await ask(fetch, url, { method: 'GET', timeoutMs });
  if (!answer.received) return { url, isReached: false, message: answer.message };
  const said = answer.status === 200 ? readAnswer(answer.body) : undefined;
  if (said === undefined) return { url, isReached: true, message: withStatus(answer.status, answer.body) };
  return { url, isReached: true, version: said.version, looksLike: said.go_version === undefined ? 'nanomdm' : 'micromdm' };
}

function readAnswer(body: string | undefined): z.infer<typeof Answer> | undefined {
  try {
    return Answer.safeParse(JSON.parse(body ?? '')).data;
  } catch {
    return undefined;
  }
}
