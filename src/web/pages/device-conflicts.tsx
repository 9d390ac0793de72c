/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { WhyAnswer } from '../../engine/answers.ts';
import { When } from './layout.tsx';

/** What other tools tell this device about updates, with who wins and what to do. Nothing where nothing is known of. */
export function DeviceConflicts({ why: { conflicts = [] }, now }: { why: WhyAnswer; now: number }) {
  if (conflicts.length === 0) return null;
  return (
    <section class="panel">
      <h2>Beside other tools</h2>
      {conflicts.map(({ sentence, wins, remedy, identifier, firstSeenAt, lastSeenAt }) => (
        <>
          <h3 class="apart">{sentence}</h3>
          <dl class="facts">
            <dt>Who wins</dt>
            <dd>{wins}</dd>
            <dt>What you can do</dt>
            <dd>{remedy}</dd>
            {identifier === undefined ? (
              ''
            ) : (
              <>
                <dt>Identifier</dt>
                <dd>{identifier}</dd>
              </>
            )}
            <dt>Told</dt>
            <dd>
              <When at={lastSeenAt} now={now} />
              {firstSeenAt === lastSeenAt ? '' : ', for the first time '}
              {firstSeenAt === lastSeenAt ? '' : <When at={firstSeenAt} now={now} />}
            </dd>
          </dl>
        </>
      ))}
    </section>
  );
}
