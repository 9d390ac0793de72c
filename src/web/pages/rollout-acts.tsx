/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { RolloutAnswer } from '../../engine/answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { ActForm, typedInto } from './act-form.tsx';

interface Given {
  rollout: RolloutAnswer;
  viewer: Viewer;
}

type Act = 'approveRollout' | 'pauseRollout' | 'resumeRollout' | 'haltRollout' | 'skipRollout';

const LABELS: Readonly<Record<Act, { label: string; tone?: 'primary' | 'danger' }>> = {
  approveRollout: { label: 'Approve the next ring' },
  pauseRollout: { label: 'Pause' },
  resumeRollout: { label: 'Resume', tone: 'primary' },
  haltRollout: { label: 'Halt …', tone: 'danger' },
  skipRollout: { label: 'Skip …', tone: 'danger' },
};

/** What a person can do to it as it stands. */
export function RolloutActs({ rollout, viewer }: Given) {
  if (!viewer.mayOperate) return null;
  return (
    <details class="acts">
      <summary>
        Act on it<span class="visually-hidden">: {nameOf(rollout)}</span>
      </summary>
      {actsFor(rollout).map((act) => (
        <ActForm viewer={viewer} act={act} fields={act === 'approveRollout' ? approvalOf(rollout) : fieldsOf(rollout)} {...LABELS[act]}>
          <Why value={typedInto(viewer, act, 'note')} />
        </ActForm>
      ))}
      {rollout.state === 'running' ? <Expedite rollout={rollout} viewer={viewer} /> : ''}
    </details>
  );
}

function actsFor({ state, rings }: RolloutAnswer): Act[] {
  if (state === 'skipped') return ['resumeRollout'];
  if (state === 'halted') return ['resumeRollout', 'skipRollout'];
  if (state === 'paused') return ['resumeRollout', 'haltRollout', 'skipRollout'];
  const opened = rings.filter((ring) => ring.opened !== undefined).length;
  return [...(opened > 0 && opened < rings.length ? (['approveRollout'] as const) : []), 'pauseRollout', 'haltRollout', 'skipRollout'];
}

/** Bring its date forward, or take that back. Asked about first, with what it would do. */
function Expedite({ rollout, viewer }: Given) {
  const act = 'expediteRollout';
  if (rollout.expedite !== undefined)
    return (
      <ActForm viewer={viewer} act={act} fields={{ ...fieldsOf(rollout), undo: 'true' }} label="Expedite no more">
        <Why value={typedInto(viewer, act, 'note')} isRequired />
      </ActForm>
    );
  return (
    <ActForm viewer={viewer} act={act} fields={{ ...fieldsOf(rollout), preview: 'true' }} label="Expedite …" tone="danger">
      <label class="field">
        <span>By when, on each device’s clock</span>
        <input type="datetime-local" name="due" required value={typedInto(viewer, act, 'due')} />
      </label>
      {rollout.rings.length === 0 ? (
        ''
      ) : (
        <fieldset>
          <legend>Rings; none chosen: all</legend>
          {rollout.rings.map(({ ring }) => (
            <label>
              <input type="checkbox" name="rings" value={ring} /> {ring}
            </label>
          ))}
        </fieldset>
      )}
      <Why value={typedInto(viewer, act, 'note')} isRequired />
    </ActForm>
  );
}

function Why({ value, isRequired = false }: { value: string | undefined; isRequired?: boolean }) {
  return (
    <label class="field">
      <span>Why{isRequired ? '' : ' (for the audit log)'}</span>
      <input name="note" maxlength={2000} required={isRequired} value={value} />
    </label>
  );
}

function fieldsOf({ policy, release }: RolloutAnswer): Record<string, string> {
  return { policy, release };
}

/** Of the ring that is next now: when it has opened meanwhile, the one behind it is not opened in its place. */
function approvalOf(rollout: RolloutAnswer): Record<string, string> {
  const next = rollout.rings[rollout.rings.findLastIndex(({ opened }) => opened !== undefined) + 1];
  return { ...fieldsOf(rollout), ...(next === undefined ? {} : { ring: next.ring }) };
}

function nameOf({ policy, release }: RolloutAnswer): string {
  return `${release} under ${policy}`;
}
