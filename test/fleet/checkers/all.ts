import { asAsked } from './as-asked.ts';
import { blackouts } from './blackouts.ts';
import { bounded } from './bounded.ts';
import type { CheckerKind } from './checker.types.ts';
import { deadlines } from './deadlines.ts';
import { doubtfulFeed } from './doubtful-feed.ts';
import { exempt } from './exempt.ts';
import { hastened } from './hastened.ts';
import { kept } from './kept.ts';
import { limits } from './limits.ts';
import { manifests } from './manifests.ts';
import { moreTime } from './more-time.ts';
import { neighbours } from './neighbours.ts';
import { notice } from './notice.ts';
import { once } from './once.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { oneChannel } from './one-channel.ts';
import { ordersKept } from './orders-kept.ts';
import { paused } from './paused.ts';
import { reasons } from './reasons.ts';
import { rings } from './rings.ts';
import { stopped } from './stopped.ts';
import { upOnly } from './up-only.ts';
import { verified } from './verified.ts';
import { windows } from './windows.ts';

export const CHECKERS: readonly CheckerKind[] = [
  kept,
  upOnly,
  asAsked,
  oneAtATime,
  notice,
  windows,
  blackouts,
  oneChannel,
  deadlines,
  hastened,
  manifests,
  neighbours,
  verified,
  reasons,
  once,
  stopped,
  rings,
  doubtfulFeed,
  bounded,
  limits,
  exempt,
  moreTime,
  paused,
  ordersKept,
];
