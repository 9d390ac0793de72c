import { describe, expect, it } from 'vitest';
import type { Overrides } from '../../src/decide/overrides.types.ts';
import { commitOf, manifest, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const EXEMPT: Overrides = { exempt: { by: 'jane', at: NOON, note: 'trade fair', until: '2026-12-01' } };
const AUDIT = { at: NOON, by: 'jane', act: 'device-exempt', detail: { device: 'D1' } };
const ENTRY = { at: NOON, kind: 'operator', text: 'Exempt to the end of 2026-12-01, by jane.' };

export function testOverrides(bench: Bench): void {
  describe('what a person ordered for one device', () => {
    it('is read with it, stands in place of what was there, and is told in audit log and timeline', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1'), commitOf('D2')]);
      expect((await store.loadForReconcile(['D1']))[0]).not.toHaveProperty('overrides');
      expect(await store.saveOverrides('D1', EXEMPT, AUDIT, ENTRY)).toBe(true);
      const both = await store.loadForReconcile(['D1', 'D2']);
      expect(both.map(({ overrides }) => overrides)).toEqual([EXEMPT, undefined]);
      expect([await store.listAudit(10), await store.listTimeline('D1', 10)]).toEqual([[AUDIT], [ENTRY]]);
      await store.saveOverrides('D1', {}, AUDIT, ENTRY);
      expect((await store.loadForReconcile(['D1']))[0]?.overrides).toEqual({});
    });

    it('makes the device due, and a decision stale that did not know of it', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { recheckAt: NOON + 1_000 })]);
      await store.saveOverrides('D1', EXEMPT, AUDIT, ENTRY);
      expect(await store.listDue(NOON, 10)).toEqual(['D1']);
      expect(await store.commitReconciled([commitOf('D1', { basedOn: 1 })])).toEqual(['stale']);
      const [gathered] = await store.loadForReconcile(['D1']);
      expect(await store.commitReconciled([commitOf('D1', { basedOn: gathered?.revision ?? 0 })])).toEqual(['committed']);
    });

    it('keeps its manifest from being answered as it stands; one that is not answered at all stays so', async () => {
      const { store } = bench;
      await store.commitReconciled([
        commitOf('D1', { manifest: manifest('token') }),
        commitOf('D2', { manifest: manifest('token', { answerableUntil: -1 }) }),
      ]);
      for (const id of ['D1', 'D2']) await store.saveOverrides(id, EXEMPT, AUDIT, ENTRY);
      expect((await store.findManifestHead('D1'))?.answerableUntil).toBe(0);
      expect(await store.findManifest('D1')).toEqual(manifest('token', { answerableUntil: 0 }));
      expect((await store.findManifestHead('D2'))?.answerableUntil).toBe(-1);
    });

    it('is nothing for a device that is not there, and nothing is written', async () => {
      const { store } = bench;
      expect(await store.saveOverrides('D9', EXEMPT, AUDIT, ENTRY)).toBe(false);
      expect([await store.listAudit(10), await store.listTimeline('D9', 10)]).toEqual([[], []]);
    });

    it('fills no timeline beyond its limit', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1')]);
      for (let times = 0; times < 210; times += 1) await store.saveOverrides('D1', EXEMPT, AUDIT, { ...ENTRY, text: `${times}` });
      const kept = await store.listTimeline('D1', 1_000);
      expect([kept.length, kept.at(-1)?.text]).toEqual([200, '209']);
    });
  });
}
