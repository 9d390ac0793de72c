import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { readPolicyText } from '../../src/config/read-policy-file.ts';
import { AlertMessage } from '../../src/engine/alerting/message.ts';
import { signatureOf } from '../../src/engine/alerting/send.ts';
import { textOf } from './files.ts';

/** What docs/operations.md says of alerts, run. */

const folder = mkdtempSync(join(tmpdir(), 'ratchet-alerts-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const section = textOf('docs/operations.md').split('\n## Alerts\n')[1]?.split('\n## ')[0] ?? '';

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(section)?.[1] ?? '';
}

it('the settings are accepted', () => {
  const { problems, alerts } = readPolicyText(`timeZone: Europe/Berlin\n${block('yaml')}\n`, 'ratchet.yaml', 0);
  expect([problems, (alerts as { to: unknown[] }).to.length]).toEqual([[], 2]);
});

it('the message is one', () => {
  expect(AlertMessage.parse(JSON.parse(block('json')))).toEqual(JSON.parse(block('json')));
});

it('the signature is checked by what is printed there', async () => {
  const file = join(folder, 'check.mjs');
  writeFileSync(file, `${block('js')}\nexport { isFromRatchet };\n`);
  const { isFromRatchet } = (await import(pathToFileURL(file).href)) as {
    isFromRatchet(header: string | undefined, body: string, secret: string): boolean;
  };
  const now = Date.now();
  const header = signatureOf('{"a":"ä"}', 'secret', now);
  expect(isFromRatchet(header, '{"a":"ä"}', 'secret')).toBe(true);
  expect(isFromRatchet(header, '{"a":"b"}', 'secret')).toBe(false);
  expect(isFromRatchet(header, '{"a":"ä"}', 'another')).toBe(false);
  expect(isFromRatchet(signatureOf('{"a":"ä"}', 'secret', now - 301_000), '{"a":"ä"}', 'secret')).toBe(false);
  for (const nonsense of [undefined, '', 't=1', header.replace('v1', 'v2')])
    expect(isFromRatchet(nonsense, '{"a":"ä"}', 'secret')).toBe(false);
});
