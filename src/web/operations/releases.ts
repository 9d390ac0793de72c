import { z } from 'zod';
import { ReleaseDevicesAnswer, ReleasesActAnswer, ReleasesAnswer } from '../../engine/answers.ts';
import type { OperateReleases } from '../../engine/operate/releases.ts';
import type { Show } from '../../engine/show/show.ts';
import { FEED_BODY_BYTES_MAX } from '../../feeds/feed.ts';
import { ReleasesBundle } from '../../releases/bundle.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const GROUP = 'Releases';
const SCHEMA = 'ratchet.releases-act/1';

/** What Apple offers, and what a person does with that list. */
export function releasesOperations(
  operate: OperateReleases,
  show: Pick<Show, 'releases' | 'releaseDevices' | 'releasesBundle'>,
): Operation[] {
  return [
    view({
      id: 'listReleases',
      group: GROUP,
      path: '/releases',
      summary: 'What Apple offers, since when it is known and until when.',
      answer: ReleasesAnswer,
      run: () => show.releases(),
    }),
    view({
      id: 'countReleaseDevices',
      group: GROUP,
      path: '/releases/devices',
      summary: 'How many of our devices could take each release, and how many run it.',
      answer: ReleaseDevicesAnswer,
      run: () => show.releaseDevices(),
    }),
    view({
      id: 'exportReleases',
      group: GROUP,
      path: '/releases/export',
      summary: 'The list of releases for another installation.',
      answer: ReleasesBundle,
      refusals: { 404: 'No list of releases was read yet.' },
      run: () => show.releasesBundle() ?? refuse(404, 'There is nothing to export: no list of releases was read yet.'),
    }),
    operation({
      id: 'refreshReleases',
      group: GROUP,
      path: '/releases/refresh',
      summary: 'Read the source of releases now.',
      body: ActBy,
      answer: ReleasesActAnswer,
      refusals: { 409: 'There is no source: releases is off.', 429: 'It was asked often enough.' },
      async run({ act }) {
        const outcome = await operate.refresh(act);
        if (outcome === undefined)
          return refuse(409, 'There is no source to read: releases is off. ratchet releases import brings a list.');
        if (outcome.kind === 'refused') {
          const why = outcome.because === 'retry-after' ? 'The source asked to be left alone' : 'Apple was asked often enough for a day';
          return refuse(429, `${why}; again from ${rfc3339(outcome.nextAt)}.`);
        }
        if (outcome.kind === 'failed')
          return {
            schema: SCHEMA,
            act: 'refresh',
            result: 'failed',
            message: outcome.message,
            nextAt: outcome.nextAt,
          } satisfies ReleasesActAnswer;
        return { schema: SCHEMA, act: 'refresh', result: outcome.result } satisfies ReleasesActAnswer;
      },
    }),
    operation({
      id: 'acceptReleases',
      group: GROUP,
      path: '/releases/accept',
      summary: 'Believe a doubtful answer of Apple’s now.',
      body: ActBy,
      answer: ReleasesActAnswer,
      refusals: { 404: 'No answer is doubtful.' },
      async run({ act }) {
        if (await operate.accept(act)) return { schema: SCHEMA, act: 'accept', result: 'accepted' } satisfies ReleasesActAnswer;
        return refuse(404, 'There is no doubtful answer to accept.');
      },
    }),
    operation({
      id: 'importReleases',
      group: GROUP,
      path: '/releases/import',
      summary: 'Take what another installation exported.',
      body: ActBy.extend({ bundle: z.unknown().describe('What /releases/export answered.') }),
      bodyBytesMax: FEED_BODY_BYTES_MAX,
      answer: ReleasesActAnswer,
      async run({ body: { bundle }, act }) {
        const done = await operate.importBundle(bundle, act);
        if (!done.ok)
          return refuse(400, `This is no bundle of ratchet releases export: ${done.detail}. Nothing was changed.`, [
            { in: 'body', path: 'bundle', message: done.detail },
          ]);
        const { taken, earlier, isDoubtful } = done.merged;
        return { schema: SCHEMA, act: 'import', result: isDoubtful ? 'doubtful' : 'imported', taken, earlier } satisfies ReleasesActAnswer;
      },
    }),
  ];
}
