import { z } from 'zod';
import { TagsActAnswer, TagsAnswer } from '../../engine/answers.ts';
import { type OperateTags, TAG_ROWS_MAX, TaggedDevice, TagSource } from '../../engine/operate/tags.ts';
import type { Show } from '../../engine/show/show.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const BYTES_MAX = 20 * 1024 * 1024;

/** What people call devices, by who says so. */
export function tagsOperations(operate: OperateTags, show: Pick<Show, 'tags'>): Operation[] {
  return [
    view({
      id: 'listTags',
      group: 'Tags',
      path: '/tags',
      summary: 'The tags, their sources, and who is tagged and not known.',
      answer: TagsAnswer,
      run: () => show.tags(),
    }),
    operation({
      id: 'replaceTags',
      group: 'Tags',
      method: 'put',
      path: '/tags/{source}',
      summary: 'Everything a source says of devices, in place of what it said before; held where it touches many.',
      params: z.strictObject({
        source: TagSource.describe('Letters, digits, dots, dashes and underscores, at most 64.'),
      }),
      body: ActBy.extend({
        devices: z.array(TaggedDevice).max(TAG_ROWS_MAX),
        accept: z.string().max(64).optional().describe('The id of the plan it was held with.'),
      }),
      bodyBytesMax: BYTES_MAX,
      answer: TagsActAnswer,
      refusals: { 409: '`accept` is another plan: nothing changed.' },
      async run({ params: { source }, body: { devices, accept }, act }) {
        const done = await operate.replace(source, devices, { ...act, ...(accept === undefined ? {} : { accept }) });
        if (done.kind === 'refused') return refuse(409, done.message);
        const { kind: result, ...outcome } = done;
        return { schema: 'ratchet.tags-act/1', result, source, ...outcome } satisfies TagsActAnswer;
      },
    }),
  ];
}
