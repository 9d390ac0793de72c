import { bounded } from '../checkers/bounded.ts';
import { doubtfulFeed } from '../checkers/doubtful-feed.ts';
import { stopped } from '../checkers/stopped.ts';
import type { Control } from './control.types.ts';
import { alterGathered } from './facts.ts';

const TOMORROW = { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

/** Controls of what is promised of all devices together: a stop, a doubt, a limit. */
export const SITE_CONTROLS: readonly Control[] = [
  {
    checker: stopped,
    title: 'answers after a stop from the manifests of before',
    stop: { afterHours: 60, forHours: 72 },
    breakRule({ store }) {
      const { findManifest } = store;
      const remembered = new Map<string, NonNullable<Awaited<ReturnType<typeof findManifest>>>>();
      store.findManifest = async (id) => {
        const manifest = await findManifest(id);
        if (manifest?.enforcement) remembered.set(id, manifest);
        return remembered.get(id) ?? manifest;
      };
    },
  },
  {
    checker: stopped,
    title: 'goes on sending update commands after a stop',
    policy: TOMORROW,
    stop: { afterHours: 60, forHours: 72 },
    breakRule({ store }) {
      const { commitReconciled } = store;
      store.commitReconciled = (commits) =>
        commitReconciled(
          commits.map((commit) => {
            const change = commit.outbox.change.filter((entry) => entry.state !== 'superseded');
            return commit.decision.reason === 'stopped' ? { ...commit, outbox: { ...commit.outbox, change } } : commit;
          }),
        );
    },
  },
  {
    checker: doubtfulFeed,
    title: 'forgets that it doubts Apple’s answer',
    breakRule({ store }) {
      const { saveCatalogue } = store;
      store.saveCatalogue = (catalogue) => {
        delete catalogue.doubt;
        return saveCatalogue(catalogue);
      };
    },
  },
  {
    checker: bounded,
    title: 'reads Apple’s service three times where it should once',
    breakRule({ feed }) {
      const { read } = feed;
      feed.read = async (etag) => {
        await read(etag);
        await read(etag);
        return read(etag);
      };
    },
  },
  {
    checker: bounded,
    title: 'pushes thirty times where once is enough',
    breakRule({ host }) {
      const { push } = host;
      host.push = async (ids) => {
        for (let count = 1; count < 30; count++) await push(ids);
        return push(ids);
      };
    },
  },
  {
    checker: bounded,
    title: 'keeps no account of what it has asked',
    breakRule(parts) {
      alterGathered(parts, (gathered) => ({ ...gathered, commands: [] }));
    },
  },
];
