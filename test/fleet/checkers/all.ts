import type { CheckerKind } from './checker.types.ts';
import { deadlines } from './deadlines.ts';
import { kept } from './kept.ts';
import { manifests } from './manifests.ts';
import { notice } from './notice.ts';
import { once } from './once.ts';
import { reasons } from './reasons.ts';
import { upOnly } from './up-only.ts';
import { verified } from './verified.ts';

export const CHECKERS: readonly CheckerKind[] = [kept, upOnly, notice, deadlines, manifests, verified, reasons, once];
