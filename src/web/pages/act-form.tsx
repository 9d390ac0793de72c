/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { Child } from 'hono/jsx';
import { BACK_FIELD, CSRF_FIELD } from '../form-fields.ts';
import type { Viewer } from '../viewer.types.ts';

interface ActFormProps {
  viewer: Viewer;
  /** The operation it calls: one of FORM_ACTS. */
  act: string;
  /** What is not typed: the device, the release. */
  fields?: Readonly<Record<string, string>>;
  /** What its button says. */
  label: string;
  /** `danger`: takes something back from many. */
  tone?: 'primary' | 'danger';
  /** Its labelled inputs. */
  children?: Child;
}

/** A form of one act; nothing for who may only read. */
export function ActForm({ viewer, act, fields = {}, label, tone, children = '' }: ActFormProps) {
  if (!viewer.mayOperate) return null;
  return (
    <form class="act" method="post" action={`/acts/${act}`}>
      <Hidden fields={{ [CSRF_FIELD]: viewer.csrf, [BACK_FIELD]: viewer.here, ...fields }} />
      {children}
      <button type="submit" class={tone}>
        {label}
      </button>
    </form>
  );
}

function Hidden({ fields }: { fields: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** What was typed into a form that was refused, so that nobody types it again. */
export function typedInto({ flash }: Viewer, act: string, field: string): string | undefined {
  return flash?.typed?.act === act ? flash.typed.fields[field] : undefined;
}

/** What became of the act before, first on its page. */
export function FlashLine({ viewer }: { viewer: Viewer | undefined }) {
  const flash = viewer?.flash;
  if (flash === undefined) return null;
  const isDone = flash.tone === 'done';
  return (
    <p class={`notice ${isDone ? 'tone-current' : 'tone-broken'}`} role={isDone ? 'status' : 'alert'}>
      {flash.text}
    </p>
  );
}
