/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { ALERT_KINDS, kindOf } from '../../engine/alerting/kinds.ts';
import { When } from './layout.tsx';

export interface AlertItemGiven {
  alert: { key: string; at: number; sentence: string };
  now: number;
  /** With its key, as the log and messages have it. */
  isNamed?: boolean;
}

/** One alert that is raised, as a line of a list: what it says, since when, and what to do. */
export function AlertItem({ alert: { key, at, sentence }, now, isNamed = false }: AlertItemGiven) {
  const kind = kindOf(key);
  return (
    <li>
      {sentence}{' '}
      <span class="muted">
        (
        {isNamed ? (
          <>
            <code>{key}</code>,{' '}
          </>
        ) : (
          ''
        )}
        <When at={at} now={now} />)
      </span>
      {kind === undefined ? (
        ''
      ) : (
        <>
          <br />
          <span class="muted">
            What to do: <WithCommands text={ALERT_KINDS[kind].remedy} />
          </span>
        </>
      )}
    </li>
  );
}

/** A text with commands and settings in backticks. */
function WithCommands({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>;
}
