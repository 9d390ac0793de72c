import { HOUR_MS } from '../../../src/time/local.ts';
import { deadlines } from '../checkers/deadlines.ts';
import { kept } from '../checkers/kept.ts';
import { manifests } from '../checkers/manifests.ts';
import { notice } from '../checkers/notice.ts';
import { once } from '../checkers/once.ts';
import { reasons } from '../checkers/reasons.ts';
import { secrets } from '../checkers/secrets.ts';
import { upOnly } from '../checkers/up-only.ts';
import { verified } from '../checkers/verified.ts';
import { COMMAND_CONTROLS, forgetsAfterSixHours } from './commands.ts';
import type { Control } from './control.types.ts';
import { DAY_CONTROLS } from './days.ts';
import { DEVICE_ACT_CONTROLS } from './device-acts.ts';
import { EDIT_CONTROLS } from './edits.ts';
import { EXPEDITE_CONTROLS } from './expedite.ts';
import { alterEvents, tellsVersion, withoutVersion } from './facts.ts';
import { LIMIT_CONTROLS } from './limits.ts';
import { NEIGHBOUR_CONTROLS } from './neighbours.ts';
import { RING_CONTROLS } from './rings.ts';
import { SITE_CONTROLS } from './site.ts';
import { SOFA_CONTROLS } from './sofa.ts';
import { TARGET_CONTROLS } from './targets.ts';

const TOMORROW = { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

export const CONTROLS: readonly Control[] = [
  ...COMMAND_CONTROLS,
  ...SITE_CONTROLS,
  ...DAY_CONTROLS,
  ...RING_CONTROLS,
  ...EDIT_CONTROLS,
  ...SOFA_CONTROLS,
  ...TARGET_CONTROLS,
  ...EXPEDITE_CONTROLS,
  ...LIMIT_CONTROLS,
  ...DEVICE_ACT_CONTROLS,
  ...NEIGHBOUR_CONTROLS,
  {
    checker: kept,
    title: 'answers a webhook before it is stored, and loses one of fifty',
    breakRule({ store }) {
      const { append } = store;
      let count = 0;
      store.append = async (items) => {
        count += 1;
        if (count % 50 > 0) await append(items);
      };
    },
  },
  {
    checker: upOnly,
    title: 'keeps the first OS version a device told',
    breakRule(parts) {
      const heard = new Set<string>();
      alterEvents(parts, (body, id) => {
        if (!tellsVersion(body)) return body;
        if (heard.has(id)) return withoutVersion(body);
        heard.add(id);
        return body;
      });
    },
  },
  {
    checker: upOnly,
    title: 'reads for every model what Apple offers any',
    breakRule({ feed }) {
      const { read } = feed;
      feed.read = async (etag) => {
        const answer = await read(etag);
        if (answer.kind !== 'answer') return answer;
        const sets = JSON.parse(answer.body) as Record<string, Record<string, { SupportedDevices: string[] }[]>>;
        for (const assets of Object.values(sets).flatMap((set) => Object.values(set))) {
          const all = [...new Set(assets.flatMap((asset) => asset.SupportedDevices))];
          for (const asset of assets) asset.SupportedDevices = all;
        }
        return { ...answer, body: JSON.stringify(sets) };
      };
    },
  },
  {
    checker: upOnly,
    title: 'does not see that Apple took a release back',
    breakRule({ feed }) {
      const { read } = feed;
      feed.read = async (etag) => {
        const answer = await read(etag);
        if (answer.kind !== 'answer') return answer;
        const sets = JSON.parse(answer.body) as { PublicAssetSets: object; AssetSets: object };
        return { ...answer, body: JSON.stringify({ ...sets, PublicAssetSets: sets.AssetSets }) };
      };
    },
    withdraws: 'always',
  },
  {
    checker: notice,
    title: 'thinks an hour of notice is enough',
    policy: TOMORROW,
    breakRule({ policies }) {
      policies.noticeMs = HOUR_MS;
    },
  },
  {
    checker: notice,
    title: 'takes every device that does not tell its zone to be in Honolulu',
    policy: TOMORROW,
    breakRule(parts) {
      alterEvents(parts, (body) => {
        if (body.kind !== 'message' || body.message.kind !== 'CommandReport' || !body.message.deviceInformation) return body;
        const deviceInformation = { timeZone: 'Pacific/Honolulu', ...body.message.deviceInformation };
        return { ...body, message: { ...body.message, deviceInformation } };
      });
    },
  },
  {
    checker: deadlines,
    title: 'writes a line anew, from now, when it forgot since when the policy asks',
    breakRule({ store }) {
      const { loadForReconcile } = store;
      store.loadForReconcile = async (ids) =>
        (await loadForReconcile(ids)).map(({ memory: { requiredBy: _, ...memory } = { lastSeenAt: 0 }, ...each }) => ({
          ...each,
          memory,
          lines: [],
        }));
    },
  },
  {
    checker: deadlines,
    title: 'begins to count again with every newer release',
    breakRule({ store }) {
      const { loadForReconcile } = store;
      store.loadForReconcile = async (ids) =>
        (await loadForReconcile(ids)).map((each) => ({
          ...each,
          lines: each.lines.filter(({ release }) => release === each.decision?.target?.release),
        }));
    },
  },
  {
    checker: manifests,
    title: 'answers an empty manifest when its store fails',
    breakRule(parts) {
      const { findManifest } = parts.store;
      let count = 0;
      parts.store.findManifest = (id) => {
        count += 1;
        return count % 40 === 0 ? Promise.reject(new Error('disk I/O error')) : findManifest(id);
      };
      parts.answerDm = async (request, answer) => {
        const given = await answer(request);
        if (given.status !== 500 || !request.url.endsWith('/declaration-items')) return given;
        const empty = { Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] }, DeclarationsToken: 'empty' };
        return parts.signed(JSON.stringify(empty));
      };
    },
  },
  {
    checker: manifests,
    title: 'lists fewer declarations under the same token now and then',
    breakRule({ store }) {
      const { findManifest } = store;
      let count = 0;
      store.findManifest = async (id) => {
        const manifest = await findManifest(id);
        count += 1;
        return manifest && count % 10 === 0 ? { ...manifest, items: manifest.items.slice(1) } : manifest;
      };
    },
  },
  {
    checker: manifests,
    title: 'answers 404 for what it no longer hands out',
    breakRule(parts) {
      parts.answerDm = async (request, answer) => {
        const given = await answer(request);
        return given.status === 500 && request.url.includes('/declaration/') ? new Response('', { status: 404 }) : given;
      };
    },
    devices: 40,
  },
  {
    checker: verified,
    title: 'takes an update that is installing for done',
    breakRule(parts) {
      const pending = new Map<string, string>();
      alterEvents(parts, (body, id) => {
        if (body.kind !== 'status-report') return body;
        const { installState, pendingVersion } = body.report;
        if (pendingVersion?.osVersion) pending.set(id, pendingVersion.osVersion);
        const osVersion = installState === 'installing' ? pending.get(id) : undefined;
        return osVersion === undefined ? body : { ...body, report: { ...body.report, osVersion } };
      });
    },
  },
  {
    checker: reasons,
    title: 'forgets when to look again',
    breakRule({ store }) {
      const { commitReconciled } = store;
      store.commitReconciled = (commits) =>
        commitReconciled(commits.map((commit) => ({ ...commit, decision: { ...commit.decision, recheckAt: commit.decision.decidedAt } })));
    },
  },
  {
    checker: reasons,
    title: 'never decides about one device of ten',
    breakRule({ store }) {
      const { commitReconciled } = store;
      const isForgotten = (id: string) => id.charCodeAt(id.length - 1) % 10 === 0;
      store.commitReconciled = async (commits) => {
        const answers = await commitReconciled(commits.filter((commit) => !isForgotten(commit.enrollmentId)));
        return commits.map((commit) => (isForgotten(commit.enrollmentId) ? 'committed' : (answers.shift() ?? 'stale')));
      };
    },
  },
  {
    checker: secrets,
    title: 'writes what it receives into its log',
    isOnDisk: true,
    breakRule(parts) {
      const { decodePlist, log } = parts;
      parts.decodePlist = (bytes) => {
        log.debug({ payload: Buffer.from(bytes).toString('utf8') }, 'received');
        return decodePlist(bytes);
      };
    },
  },
  {
    checker: secrets,
    title: 'keeps what it receives beside what it makes of it',
    isOnDisk: true,
    breakRule(parts) {
      const { decodePlist, store } = parts;
      parts.decodePlist = async (bytes) => {
        await store.audit({ at: 0, by: 'ratchet', act: 'received', detail: { payload: Buffer.from(bytes).toString('base64url') } });
        return decodePlist(bytes);
      };
    },
  },
  {
    checker: once,
    title: 'takes a yes of the host for a timeout, now and then',
    breakRule({ host }) {
      const { enqueue } = host;
      let count = 0;
      host.enqueue = async (...given) => {
        const answer = await enqueue(...given);
        count += 1;
        return count % 10 === 0 && answer.kind === 'queued' ? { kind: 'ambiguous', message: 'timeout' } : answer;
      };
    },
  },
  {
    checker: once,
    title: 'sends another command when a device has not answered for six hours',
    breakRule: forgetsAfterSixHours,
  },
];
