import { isEnforcementIdentifier } from '../../../src/ddm/declarations.ts';
import { HOUR_MS } from '../../../src/time/local.ts';
import { manifests } from '../checkers/manifests.ts';
import { neighbours } from '../checkers/neighbours.ts';
import { notice } from '../checkers/notice.ts';
import { stopped } from '../checkers/stopped.ts';
import type { FleetParts } from '../harness.ts';
import type { NeighbourSpec } from '../neighbour.ts';
import type { Control } from './control.types.ts';

const EVERY_OTHER_DAY = [24, 72, 120, 168, 216];
const OFTEN_DOWN: NeighbourSpec = { downs: EVERY_OTHER_DAY.map((afterHours) => ({ afterHours, forHours: 20 })), losses: [], changes: [] };
const OFTEN_LOST: NeighbourSpec = { ...OFTEN_DOWN, downs: [], losses: OFTEN_DOWN.downs };

const KEPT_THERE: NeighbourSpec = { wiring: 'kmfddm', downs: [], losses: [], changes: [] };

/** What it placed first for each stays there, and it takes all later changes for made. */
function placesOnce(parts: FleetParts): void {
  const { channel } = parts;
  if (channel === undefined) return;
  const placed = new Set<string>();
  parts.channel = {
    ...channel,
    async place(id, groups) {
      const hasDate = groups.some(({ name }) => isEnforcementIdentifier(name));
      if (placed.has(id)) return { kind: 'done', before: [], isChanged: true };
      if (hasDate) placed.add(id);
      return channel.place(id, groups);
    },
  };
}

/** What it could not place while that server was down, it takes for placed. */
function placesNothingLater(parts: FleetParts): void {
  const { channel } = parts;
  if (channel === undefined) return;
  const failed = new Set<string>();
  parts.channel = {
    ...channel,
    async place(id, groups) {
      const answer = failed.has(id) ? undefined : await channel.place(id, groups);
      if (answer?.kind === 'done' || answer?.kind === 'refused') return answer;
      failed.add(id);
      return { kind: 'done', before: [], isChanged: true };
    },
  };
}

/** Controls of what is promised in front of another declaration server. */
export const NEIGHBOUR_CONTROLS: readonly Control[] = [
  {
    checker: neighbours,
    title: 'answers without the neighbour while that is down',
    neighbour: OFTEN_DOWN,
    breakRule(parts) {
      const { store, upstream } = parts;
      const { findUpstream } = store;
      const upstreamAsk = upstream?.ask;
      if (upstream === undefined || upstreamAsk === undefined) return;
      let isDown = false;
      parts.upstream = {
        ...upstream,
        async ask(request) {
          const answer = await upstreamAsk(request);
          isDown = answer.kind === 'down';
          return answer;
        },
      };
      const nothing = { Activations: [], Assets: [], Configurations: [], Management: [] };
      store.findUpstream = async (id) => {
        const kept = await findUpstream(id);
        return kept && isDown ? { ...kept, lists: nothing } : kept;
      };
    },
  },
  {
    checker: neighbours,
    title: 'believes a neighbour that has nothing for anybody any more',
    neighbour: OFTEN_LOST,
    breakRule({ store }) {
      store.listUpstreamHolders = async () => [];
    },
  },
  {
    checker: manifests,
    title: 'hands the neighbour’s token on, which changes from call to call',
    neighbour: { ...OFTEN_DOWN, downs: [] },
    breakRule(parts) {
      const { answerDm, upstream } = parts;
      parts.answerDm = async (request, answer) => {
        const response = await answerDm(request, answer);
        const enrollmentId = request.headers.get('x-enrollment-id') ?? '';
        if (!request.url.endsWith('/declaration-items') || response.status !== 200 || upstream === undefined) return response;
        const theirs = await upstream.ask({ endpoint: { kind: 'declaration-items' }, enrollmentId, body: new Uint8Array() });
        if (theirs.kind !== 'answer') return response;
        const { DeclarationsToken } = JSON.parse(theirs.body) as { DeclarationsToken: string };
        return parts.signed(JSON.stringify({ ...((await response.json()) as object), DeclarationsToken }));
      };
    },
  },
  {
    checker: neighbours,
    title: 'takes a set of the neighbour’s own away with one of its own',
    neighbour: KEPT_THERE,
    breakRule(parts) {
      const { channel } = parts;
      if (channel === undefined) return;
      parts.channel = {
        ...channel,
        async place(id, groups) {
          const answer = await channel.place(id, groups);
          if (answer.kind === 'done' && answer.before.length > groups.length) await channel.removeGroup('everyone');
          return answer;
        },
      };
    },
  },
  {
    checker: stopped,
    title: 'leaves what it takes back in the server that answers devices',
    neighbour: KEPT_THERE,
    stop: { afterHours: 20, forHours: 96 },
    breakRule: placesOnce,
  },
  {
    checker: stopped,
    title: 'forgets what to take back from a server that was down',
    neighbour: { ...KEPT_THERE, downs: [{ afterHours: 19, forHours: 3 }] },
    stop: { afterHours: 20, forHours: 96 },
    breakRule: placesNothingLater,
  },
  {
    checker: notice,
    title: 'thinks an hour of notice is enough where another server answers devices',
    neighbour: KEPT_THERE,
    policy: { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' },
    breakRule({ policies }) {
      policies.noticeMs = HOUR_MS;
    },
  },
];
