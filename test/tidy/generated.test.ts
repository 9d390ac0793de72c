import { describe, expect, it } from 'vitest';
import {
  ALERTS_BEGIN,
  reasonsText,
  SETTINGS_BEGIN,
  SETTINGS_END,
  schemaText,
  withAlerts,
  withMetrics,
  withSettings,
} from '../../scripts/generated-files.ts';
import { flagOf, SETTING_NAMES, variableOf } from '../../src/config/settings.ts';
import { ALERT_KIND_NAMES } from '../../src/engine/alerting/kinds.ts';
import { METRIC_NAMES } from '../../src/engine/metrics/metrics-table.ts';
import { REASON_NAMES } from '../../src/reasons/reasons.ts';
import { textOf } from './files.ts';

describe('what is generated is current (npm run generate)', () => {
  it('ratchet.schema.json', () => {
    expect(textOf('ratchet.schema.json')).toBe(schemaText());
  });

  it('docs/reasons.md', () => {
    const page = textOf('docs/reasons.md');
    expect(page).toBe(reasonsText());
    for (const name of REASON_NAMES) expect(page).toContain(`| \`${name}\` |`);
  });

  it('the metrics in docs/operations.md', () => {
    const page = textOf('docs/operations.md');
    expect(withMetrics(page)).toBe(page);
    for (const name of METRIC_NAMES) expect(page).toContain(`| \`${name}\` |`);
  });

  it('the settings in docs/operations.md', () => {
    const page = textOf('docs/operations.md');
    expect(withSettings(page)).toBe(page);
    for (const name of SETTING_NAMES) for (const text of [flagOf(name), variableOf(name)]) expect(page).toContain(`\`${text}`);
  });

  it('the alerts in docs/operations.md', () => {
    const page = textOf('docs/operations.md');
    expect(withAlerts(page)).toBe(page);
    for (const kind of ALERT_KIND_NAMES) expect(page).toContain(`| \`${kind}`);
    expect(withAlerts(`a page with ${ALERTS_BEGIN} and no end`)).toBeUndefined();
  });
});

describe('the settings between their markers', () => {
  it('are replaced, and nothing else', () => {
    const page = withSettings(`before ${SETTINGS_BEGIN} old ${SETTINGS_END} after`);
    expect(page).toMatch(/^before <!-- settings/);
    expect(page).toMatch(/<!-- end of settings --> after$/);
    expect(page).not.toContain(' old ');
  });

  it('are not written into a page without markers', () => {
    expect(withSettings('a page')).toBeUndefined();
  });
});

describe('the schema for editors', () => {
  const schema = JSON.parse(schemaText()) as Record<string, unknown>;

  it('tells every key, and refuses unknown ones', () => {
    expect(Object.keys(schema.properties as object)).toEqual([
      'mode',
      'timeZone',
      'notice',
      'grace',
      'blackouts',
      'blackoutLead',
      'hardStop',
      'dm',
      'settings',
      'limits',
      'policies',
      'releases',
      'alerts',
      'forward',
      'server',
    ]);
    expect(schema.additionalProperties).toBe(false);
  });

  it('describes each of them, with an example', () => {
    const bare: string[] = [];
    walk(schema, '');
    expect(bare).toEqual([]);

    function walk(node: Record<string, unknown>, path: string): void {
      for (const [key, child] of Object.entries((node.properties ?? {}) as Record<string, Record<string, unknown>>)) {
        const described = [child, ...((child.anyOf ?? []) as Record<string, unknown>[])];
        if (!described.some(({ description, examples }) => description !== undefined && examples !== undefined))
          bare.push(`${path}.${key}`);
        walk(child, `${path}.${key}`);
        if (child.items !== undefined) walk(child.items as Record<string, unknown>, `${path}.${key}[]`);
      }
    }
  });

  it('keeps what is only for messages to itself', () => {
    expect(schemaText()).not.toContain('"expected"');
  });
});
