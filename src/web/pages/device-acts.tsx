/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { WhyAnswer } from '../../engine/answers.ts';
import type { OverrideAnswer } from '../../engine/device-answers.ts';
import { UNTIL_DAYS_MAX } from '../../engine/operate/devices.ts';
import { DAY_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { Viewer } from '../viewer.types.ts';
import { ActForm, typedInto } from './act-form.tsx';
import { When } from './layout.tsx';

interface DeviceActsProps {
  why: WhyAnswer;
  now: number;
  viewer: Viewer;
}

/** What a person ordered for this device, and what they can do. Nothing where neither is. */
export function DeviceActs({ why, now, viewer }: DeviceActsProps) {
  const { overrides = [], device, date } = why;
  if (overrides.length === 0 && !viewer.mayOperate) return null;
  const fields = { device: device.id };
  return (
    <section class="panel">
      <h2>{viewer.mayOperate ? 'What you can do' : 'Ordered by a person'}</h2>
      {overrides.length === 0 ? (
        ''
      ) : (
        <ul class="orders">
          {overrides.map((override) => (
            <li>
              <strong>{overrideText(override)}</strong>, by {override.by}, <When at={override.at} now={now} />
              {override.note === undefined ? '' : `: ${override.note}`}
            </li>
          ))}
        </ul>
      )}
      {viewer.mayOperate ? (
        <>
          <div class="actions">
            {overrides.length === 0 ? '' : <ActForm viewer={viewer} act="resumeDevice" fields={fields} label="Resume" tone="primary" />}
            <ActForm viewer={viewer} act="recheckDevice" fields={fields} label="Recheck" />
            <ActForm viewer={viewer} act="askDevice" fields={fields} label="Ask the device" />
          </div>
          <Folded viewer={viewer} act="exemptDevice" title="Exempt it from updates">
            <p class="muted">
              It gets no update to the end of that day, and what has not started is taken back. After it the policy holds again.
            </p>
            <ActForm viewer={viewer} act="exemptDevice" fields={fields} label="Exempt">
              <Day viewer={viewer} act="exemptDevice" label="Last day" from={utcDateOf(now)} now={now} />
              <Why viewer={viewer} act="exemptDevice" isRequired />
            </ActForm>
          </Folded>
          {date?.enforced === undefined ? (
            ''
          ) : (
            <Folded viewer={viewer} act="giveDeviceTime" title="Give it more time">
              <p class="muted">Its date falls on that day, or the next one its policy allows, at the same hour.</p>
              <ActForm viewer={viewer} act="giveDeviceTime" fields={fields} label="Give more time">
                <Day viewer={viewer} act="giveDeviceTime" label="Not before" from={date.enforced.slice(0, 10)} now={now} />
                <Why viewer={viewer} act="giveDeviceTime" isRequired />
              </ActForm>
            </Folded>
          )}
          {overrides.some(({ kind }) => kind === 'paused') ? (
            ''
          ) : (
            <Folded viewer={viewer} act="pauseDevice" title="Pause it">
              <p class="muted">Nothing new is handed out to it. It keeps the date it holds, and installs at it.</p>
              <ActForm viewer={viewer} act="pauseDevice" fields={fields} label="Pause">
                <Why viewer={viewer} act="pauseDevice" />
              </ActForm>
            </Folded>
          )}
        </>
      ) : (
        ''
      )}
    </section>
  );
}

/** Opened by a click, or because what was typed there was refused. */
function Folded({ viewer, act, title, children }: { viewer: Viewer; act: string; title: string; children: unknown }) {
  return (
    <details class="fold" open={viewer.flash?.typed?.act === act}>
      <summary>{title}</summary>
      {children as never}
    </details>
  );
}

interface FieldProps {
  viewer: Viewer;
  act: string;
}

function Day({ viewer, act, label, from, now }: FieldProps & { label: string; from: string; now: number }) {
  const id = `${act}-until`;
  const last = utcDateOf(now + UNTIL_DAYS_MAX * DAY_MS);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="date" name="until" required min={from} max={last} value={typedInto(viewer, act, 'until')} />
    </div>
  );
}

function Why({ viewer, act, isRequired = false }: FieldProps & { isRequired?: boolean }) {
  const id = `${act}-note`;
  return (
    <div class="field">
      <label for={id}>{isRequired ? 'Why' : 'Why (if you like)'}</label>
      <input id={id} name="note" maxlength={2_000} required={isRequired} value={typedInto(viewer, act, 'note')} />
    </div>
  );
}

function overrideText({ kind, until }: OverrideAnswer): string {
  if (kind === 'paused') return 'Paused';
  return kind === 'exempt' ? `Exempt to the end of ${until}` : `No date before ${until}`;
}
