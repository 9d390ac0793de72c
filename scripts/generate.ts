import { readFileSync, writeFileSync } from 'node:fs';
import { reasonsText, schemaText, withAlerts, withSettings } from './generated-files.ts';

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
    const settings = withSettings(readFileSync('docs/operations.md', 'utf8'));
    const page = settings === undefined ? undefined : withAlerts(settings);
    if (page === undefined) throw new Error('docs/operations.md has lost the markers of its settings or alerts');
    writeFileSync('docs/operations.md', page);
    break;
  }
  default:
    throw new Error('say schema, reasons or settings');
}
