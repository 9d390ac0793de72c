import type { Ring } from '../policy/policy.types.ts';
import type { Instant } from '../time/local.ts';
import { openCount } from './move.ts';
import type { Rollout } from './rollout.types.ts';

/** What a person can do to a rollout. */
export const ROLLOUT_ACTS = ['approve', 'pause', 'resume', 'halt', 'skip'] as const;
export type RolloutAct = (typeof ROLLOUT_ACTS)[number];

export type RolloutChange = { ok: true; rollout: Rollout } | { ok: false; message: string };

/** What becomes of it; `ring`: the one that an approval is to open, and no other. Anything but an approval may be said twice; what makes no sense is refused with a sentence. */
export function changeRollout(
  rollout: Rollout,
  rings: readonly Ring[],
  act: RolloutAct,
  { by, because, ring, now }: { by: string; because?: string | undefined; ring?: string | undefined; now: Instant },
): RolloutChange {
  const { because: _before, ...rest } = rollout;
  const to = (state: Rollout['state'], changes: Partial<Rollout> = {}): RolloutChange => ({
    ok: true,
    rollout: { ...rest, state, changedAt: now, changedBy: by, ...(because === undefined ? {} : { because }), ...changes },
  });
  switch (act) {
    case 'pause':
      return rollout.state === 'running' || rollout.state === 'paused'
        ? to('paused')
        : { ok: false, message: `It is ${rollout.state}, which is more than paused.` };
    case 'halt':
      return rollout.state === 'skipped' ? { ok: false, message: 'It is skipped: nobody gets it.' } : to('halted');
    case 'skip':
      return to('skipped');
    case 'resume':
      // Whoever goes on after a halt has seen what failed: only what fails from now on counts.
      return to('running', { failuresSince: rollout.state === 'halted' ? now : rollout.failuresSince });
    case 'approve': {
      if (rollout.state !== 'running') return { ok: false, message: `It is ${rollout.state}; ratchet rollout resume comes first.` };
      const open = openCount(rollout, rings);
      const last = rings[open - 1];
      if (open >= rings.length) return { ok: false, message: 'All of its rings are open.' };
      if (last === undefined) return { ok: false, message: 'Its first ring is not open yet: there is nothing to have looked at.' };
      const next = rings[open]?.name;
      // Looked at a while ago, or sent twice: that ring has opened since, and nobody has judged the one behind it.
      if (ring !== undefined && ring !== next) return { ok: false, message: `The ring that opens next is ${next}, not ${ring}.` };
      return { ok: true, rollout: { ...rollout, approved: [...new Set([...rollout.approved, last.name])] } };
    }
  }
}
