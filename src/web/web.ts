import type { Context } from 'hono';
import type { Changes } from '../engine/changes.ts';
import type { ReceiveWebhook } from '../engine/forward/forwarding.ts';
import type { Gate } from '../engine/gate/gate.ts';
import type { Metrics } from '../engine/metrics/metrics.ts';
import type { Tokens } from '../engine/operate/tokens.ts';
import type { ReceiveCheckin } from '../engine/receive/receive-checkin.ts';
import type { Refusals } from '../engine/refusals.ts';
import type { Clock, Ids } from '../runtime.ts';
import { createApi } from './api.ts';
import { dashboardRoutes } from './dashboard-routes.ts';
import { createDdmApp, type DdmAppOptions } from './ddm-app.ts';
import { createFlashes } from './flashes.ts';
import { importRoute } from './import-route.ts';
import { createLive } from './live.ts';
import { liveRoutes } from './live-routes.ts';
import { createMainApp, type MainAppOptions } from './main-app.ts';
import { type MetricsGiven, metricsRoutes } from './metrics-routes.ts';
import { allOperations, type UseCases } from './operations/all.ts';
import { withReference } from './operations/reference.ts';
import { referencePage } from './pages/reference.tsx';
import { createPublicApp } from './public-app.ts';
import { createSessions } from './sessions.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { createTryLimit } from './try-limit.ts';
import { type WebhookCredentials, webhookRoute } from './webhook-route.ts';

export interface WebSettings {
  version: string;
  webhook: WebhookCredentials;
  ddm: Pick<DdmAppOptions, 'basePath' | 'requestKeys' | 'basic' | 'responseKey'>;
  /** `password` of user `ratchet`; undefined: the API is off. `open`: the demo, on loopback, without sign-in. */
  api: { password: string | undefined; open: boolean; trustProxy?: boolean };
}

export interface WebOptions extends UseCases, Pick<DdmAppOptions, 'wire' | 'log'>, Pick<MainAppOptions, 'health'> {
  settings: WebSettings;
  clock: Clock;
  tokens: Tokens;
  ids: Pick<Ids, 'secret'>;
  changes: Changes;
  receive: ReceiveWebhook;
  enrollmentGate: Gate | undefined;
  refusals: Pick<Refusals, 'note'>;
  receiveCheckin: ReceiveCheckin;
  serveDdm: DdmAppOptions['serve'];
  metrics: MetricsGiven & Pick<Metrics<unknown>, 'answer'>;
}

/** The listeners. */
export function createWeb(options: WebOptions) {
  const { settings, tokens, wire, log, clock, health, metrics, refusals, show, system, severities } = options;
  const { version, ddm, webhook: credentials } = settings;
  const operations = withReference(allOperations(options), version, referencePage);
  const sessions = createSessions({ clock, ids: options.ids, tokens });
  const tries = createTryLimit(clock);
  const who = { trustProxy: false, ...settings.api, tokens, sessions, tries, now: clock.now };
  const api = createApi({ ...who, operations });
  const takeWebhook = webhookRoute(wire, options.receive, credentials, refusals);
  const webhook = (c: Context): Promise<Response> => metrics.answer('webhook', () => takeWebhook(c));
  const takeImport = importRoute(options.receiveCheckin, who);
  const flashes = createFlashes({ clock, ids: options.ids });
  const dashboard = dashboardRoutes({ ...who, show, system, severities, operations, flashes });
  const live = createLive({ changes: options.changes, clock });
  dashboard.route('/', liveRoutes({ ...who, live }));
  const pages = { signIn: signInRoutes({ ...who, log }), dashboard };
  const ddmApp = createDdmApp({ ...ddm, wire, serve: options.serveDdm, refusals, log, clock });
  return {
    hangUp: live.hangUp,
    mainApp: createMainApp({
      version,
      webhook,
      takeImport,
      api,
      ...pages,
      metrics: metricsRoutes({ ...who, metrics }),
      health,
      refusals,
      log,
      clock,
    }),
    publicApp: createPublicApp({ show, gate: options.enrollmentGate, log, clock }),
    ddmApp: { routes: ddmApp.routes, fetch: (request: Request) => metrics.answer('ddm', () => ddmApp.fetch(request)) },
  };
}
