import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FEED_BODY_BYTES_MAX } from '../../src/feeds/feed.ts';
import { createGdmfFileFeed } from '../../src/feeds/gdmf/file.ts';

const NOW = Date.parse('2040-03-01T09:00:00Z');
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-feed-'));
  path = join(folder, 'pmv.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const feed = () => createGdmfFileFeed(path, { now: () => NOW });

describe('a file', () => {
  it('is read each time, and has an etag of its content', async () => {
    writeFileSync(path, '{"AssetSets":{"iOS":"ä"}}');
    const reader = feed();
    const first = await reader.read();
    if (first.kind !== 'answer') throw new Error(first.kind);

    expect(first).toEqual({ kind: 'answer', body: '{"AssetSets":{"iOS":"ä"}}', etag: expect.stringMatching(/^"[0-9a-f]{64}"$/), at: NOW });
    expect(await reader.read(first.etag)).toEqual({ kind: 'not-modified', at: NOW });

    writeFileSync(path, '{}');
    expect(await reader.read(first.etag)).toMatchObject({ kind: 'answer', body: '{}' });
  });

  it('that is empty is an answer: the reader of it says what it is', async () => {
    writeFileSync(path, '');

    expect(await feed().read()).toMatchObject({ kind: 'answer', body: '' });
  });

  it('that is missing, or a folder, is an outage', async () => {
    expect(await feed().read()).toEqual({ kind: 'outage', message: expect.stringContaining('ENOENT') });

    path = folder;
    expect(await feed().read()).toEqual({ kind: 'outage', message: expect.stringContaining('EISDIR') });
  });

  it('over the limit is an outage', async () => {
    writeFileSync(path, '');
    truncateSync(path, FEED_BODY_BYTES_MAX + 1);

    expect(await feed().read()).toEqual({ kind: 'outage', message: expect.stringContaining('larger') });
  });
});
