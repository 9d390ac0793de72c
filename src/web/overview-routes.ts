import { type Context, Hono } from 'hono';
import type { SeverityKeeper } from '../engine/schedule/severity-keeper.ts';
import type { Show } from '../engine/show/show.ts';
import type { ShowSystem } from '../engine/show/system.ts';
import { DAY_MS } from '../time/local.ts';
import { AuditCursor } from './operations/system.ts';
import { auditPage } from './pages/audit.tsx';
import { heldSeveritiesPage } from './pages/held-severities.tsx';
import { page } from './pages/page.ts';
import { releasesPage } from './pages/releases.tsx';
import { rolloutsPage } from './pages/rollouts.tsx';
import { systemPage } from './pages/system.tsx';
import type { Viewer } from './viewer.types.ts';

export interface OverviewOptions {
  show: Pick<Show, 'releases' | 'releaseDevices' | 'rollouts' | 'gate'>;
  system: ShowSystem;
  severities: Pick<SeverityKeeper, 'held'>;
  now(): number;
  /** Who looks; or the answer for who may not. */
  viewerOf(c: Context): Promise<Viewer | Response>;
}

/** On the page of the system, and on a page of its own. */
const AUDIT_SHOWN = 15;
const AUDIT_PER_PAGE = 100;
const GATE_SHOWN_MS = 30 * DAY_MS;

/** Pages about no single device: rollouts, releases, and the system with its audit log. */
export function overviewRoutes({ show, system, severities, now, viewerOf }: OverviewOptions): Hono {
  const routes = new Hono();

  function get(path: string, pageFor: (viewer: Viewer, c: Context) => Promise<string>): void {
    routes.get(path, async (c) => {
      const viewer = await viewerOf(c);
      return viewer instanceof Response ? viewer : page(c, await pageFor(viewer, c));
    });
  }

  get('/rollouts', async (viewer) => rolloutsPage({ rollouts: await show.rollouts(), now: now(), viewer }));

  get('/releases', async (viewer) => releasesPage({ releases: show.releases(), counts: await show.releaseDevices(), now: now(), viewer }));

  get('/releases/severities', async (viewer) => heldSeveritiesPage({ held: await severities.held(), now: now(), viewer }));

  get('/system', async (viewer, c) => {
    const audit = await system.audit(undefined, AUDIT_SHOWN);
    const { origin } = new URL(c.req.url);
    const gate = await show.gate({ sinceMs: GATE_SHOWN_MS });
    return systemPage({ system: await system.system(), jobs: await system.jobs(), audit, gate, origin, viewer });
  });

  get('/system/audit', async (viewer, c) => {
    // A cursor that is none leads to the newest: nobody types one.
    const cursor = AuditCursor.safeParse(c.req.query('cursor'));
    const audit = await system.audit(cursor.data, AUDIT_PER_PAGE);
    return auditPage({ audit, isFirst: !cursor.success, now: now(), viewer });
  });

  return routes;
}
