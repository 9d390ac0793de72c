import { readFileSync, writeFileSync } from 'node:fs';
import { reasonsText, schemaText, withAlerts, withMetrics, withSettings } from './generated-files.ts';

/** Writes what is generated: `tsx scripts/generate.ts schema|reasons|settings`. */
const [what] = process.argv.slice(2);
switch (what) {
  case 'schema':
    writeFileSync('ratchet.schema.json', schemaText());
    break;
  case 'reasons':
    writeFileSync('docs/reasons.md', reasonsText());
    break;
  case 'settings': {
    const before = readFileSync('docs/operations.md', 'utf8');
    const page = [withSettings, withMetrics, withAlerts].reduce<string | undefined>((text, write) => text && write(text), before);
    if (page === undefined) throw new Error('docs/operations.md has lost the markers of its settings, metrics or alerts');
    writeFileSync('docs/operations.md', page);
    break;
  }
  default:
    throw new Error('say schema, reasons or settings');
}
