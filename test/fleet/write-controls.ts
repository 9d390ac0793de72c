import { readFileSync, writeFileSync } from 'node:fs';
import { CONTROLS } from './controls/all.ts';
import type { Control } from './controls/control.types.ts';
import { controlsTable, runControl, TABLE_BEGIN, TABLE_END } from './controls/run.ts';

/** `npm run sim:controls`: runs every control until it is caught and writes the table of docs/testing.md. Exit 1 when one is not. */
const PAGE = 'docs/testing.md';
const rows: { control: Control; seed: number | undefined }[] = [];
for (const control of CONTROLS) {
  const caught = await runControl(control);
  rows.push({ control, seed: caught?.seed });
  const told = caught ? `seed ${caught.seed}: ${caught.violation.what}` : 'NOT CAUGHT';
  process.stderr.write(`promise ${control.checker.promise}, ${control.title}\n    ${told}\n`);
  if (!caught) process.exitCode = 1;
}
const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(TABLE_BEGIN);
const after = rest?.split(TABLE_END)[1];
if (before === undefined || after === undefined) throw new Error(`${PAGE} has lost the markers of its controls`);
writeFileSync(PAGE, `${before}${controlsTable(rows)}${after}`);
