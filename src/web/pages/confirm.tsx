/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { FormAct } from '../acts/form-act.types.ts';
import { CONFIRMED_FIELD } from '../form-fields.ts';
import { Layout, pageText } from './layout.tsx';

interface ConfirmProps {
  act: FormAct;
  sentences: readonly string[];
  /** Everything the form sent, which is sent again with the yes. */
  fields: readonly (readonly [string, string])[];
  /** Where the form was. */
  back: string;
}

/** Asked before an act that touches many, or can't be undone. */
export function confirmPage({ act: { id, label }, sentences, fields, back }: ConfirmProps): string {
  return pageText(
    <Layout title={`${label}? · Ratchet`} narrow>
      <h1>{label}?</h1>
      <p>What will happen:</p>
      <ul>
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <form method="post" action={`/acts/${id}`}>
        {fields
          .filter(([name]) => name !== CONFIRMED_FIELD)
          .map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
        <input type="hidden" name={CONFIRMED_FIELD} value="yes" />
        <div class="actions">
          <button type="submit" class="primary">
            {label}
          </button>
          <a class="button" href={back}>
            Back
          </a>
        </div>
      </form>
    </Layout>,
  );
}
