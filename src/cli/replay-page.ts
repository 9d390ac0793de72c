import type { ReplayAnswer } from '../replay/answer.ts';

export async function replayPage(_answer: ReplayAnswer): Promise<string> {
  return '';
}
