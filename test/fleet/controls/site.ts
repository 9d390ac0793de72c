import { bounded } from '../checkers/bounded.ts';
import { doubtfulFeed } from '../checkers/doubtful-feed.ts';
import { manifests } from '../checkers/manifests.ts';
import { stopped } from '../checkers/stopped.ts';
import type { Control } from './control.types.ts';

const TOMORROW = { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

const SETTINGS = { deferrals: { combined: 7, minor: 7 }, automaticActions: { installOSUpdates: 'AlwaysOn' as const } };

/** Controls of what is promised of all devices together: a stop, a doubt, a limit. */
export const SITE_CONTROLS: readonly Control[] = [
  {
    checker: stopped,
    title: 'leaves the settings of before in force after a stop',
    policy: { ...TOMORROW, settings: SETTINGS },
    stop: { afterHours: 60, forHours: 72 },
    breakRule({ store }) {
      const { findManifest } = store;
      const remembered = new Map<string, NonNullable<Awaited<ReturnType<typeof findManifest>>>>();
      store.findManifest = async (id) => {
        const manifest = await findManifest(id);
        if (manifest?.settings?.AutomaticActions) remembered.set(id, { ...manifest, enforcement: undefined } as never);
        return remembered.get(id) ?? manifest;
      };
    },
  },
  {
    checker: manifests,
    title: 'hands out settings without asking which of them a device takes',
    policy: { ...TOMORROW, settings: SETTINGS },
    breakRule({ store }) {
      const { findDeclaration } = store;
      store.findDeclaration = async (identifier) => {
        const declaration = await findDeclaration(identifier);
        const isSettings = declaration?.Type === 'com.apple.configuration.softwareupdate.settings';
        const Deferrals = { CombinedPeriodInDays: 7, MinorPeriodInDays: 7 };
        return isSettings ? { ...declaration, Payload: { ...declaration.Payload, Deferrals } } : declaration;
      };
    },
  },
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
    title: 'sends the last update command along with every question',
    policy: TOMORROW,
    stop: { afterHours: 60, forHours: 72 },
    breakRule({ host }) {
      const { enqueue } = host;
      const last = new Map<string, string>();
      let count = 0;
      host.enqueue = async (id, commandUuid, plist, given) => {
        if (plist.includes('ScheduleOSUpdate<')) last.set(id, plist.replaceAll(commandUuid, '-uuid-'));
        else if (last.has(id)) {
          count += 1;
          const again = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
          await enqueue(id, again, last.get(id)?.replaceAll('-uuid-', again) ?? '', given);
        }
        return enqueue(id, commandUuid, plist, given);
      };
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
    title: 'sends each command five times',
    breakRule({ host }) {
      const { enqueue } = host;
      let count = 0;
      host.enqueue = async (id, commandUuid, plist, given) => {
        for (let more = 1; more < 5; more++) {
          count += 1;
          const again = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
          await enqueue(id, again, plist.replaceAll(commandUuid, again), given);
        }
        return enqueue(id, commandUuid, plist, given);
      };
    },
  },
];
