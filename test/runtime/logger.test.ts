import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listFields } from '../../src/log-keys.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOSTILE = 'name"\n\u001b[31mlevel=error msg=\\';

async function logged(format: 'logfmt' | 'json', fields: Record<string, unknown>, level: 'debug' | 'info' = 'info'): Promise<string[]> {
  const destination = join(folder, `${format}-${Math.random()}.log`);
  const log = await createLogger({ format, level, destination });
  log.debug({}, 'too fine');
  log.warn(fields, 'something happened');
  await log.close();
  return readFileSync(destination, 'utf8').trimEnd().split('\n');
}

describe.each(['logfmt', 'json'] as const)('a %s log', (format) => {
  it('is one line an entry, whatever the fields hold', async () => {
    const lines = await logged(format, { enrollment_id: 'ID-1', serial_number: HOSTILE, err: new Error('two\nlines') });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('ID-1');
    expect(lines[0]).toContain('something happened');
  });

  it('writes no secret, wherever it turns up', async () => {
    const [line] = await logged(format, {
      password: 'geheim',
      authorization: 'geheim',
      request: { token: 'geheim', api: 'geheim' },
      trace_id: 't1',
    });
    expect(line).not.toContain('geheim');
    expect(line).toContain('redacted');
    expect(line).toContain('t1');
  });

  it('has levels', async () => {
    expect(await logged(format, {}, 'debug')).toHaveLength(2);
  });
});

describe('the two forms', () => {
  it('json keeps every value', async () => {
    const [line] = await logged('json', { serial_number: HOSTILE, err: new TypeError('x') });
    expect(JSON.parse(line as string)).toMatchObject({
      level: 'warn',
      msg: 'something happened',
      serial_number: HOSTILE,
      err: 'TypeError: x',
      ts: expect.stringMatching(/Z$/),
    });
  });

  it('logfmt quotes what needs it', async () => {
    const [line] = await logged('logfmt', { trace_id: 'a b', status: 'x=y', count: 3 });
    expect(line).toMatch(/^level=warn ts=\S+Z trace_id="a b" status="x=y" count=3 msg="something happened"$/);
  });

  it('tells lists by count and first', () => {
    expect([listFields([]), listFields(['a', 'b'])]).toEqual([{ count: 0 }, { count: 2, first: 'a' }]);
  });
});
