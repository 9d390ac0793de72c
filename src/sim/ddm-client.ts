import { ACTIVATION, SUBSCRIPTIONS } from './capabilities.ts';
import { type DeclarationKind, plant, readManifest } from './ddm-wire.ts';
import type { Switches } from './device.types.ts';
import { bytesOf, NOTHING, textOf } from './wire.ts';

/** A declaration as the device holds it. */
export interface HeldDeclaration {
  kind: DeclarationKind;
  identifier: string;
  serverToken: string;
  type: string;
  payload: Record<string, unknown>;
}

export interface DeclarationReason {
  code: string;
  description?: string;
  details?: Record<string, unknown>;
}

/** What the device makes of one configuration that is in force. */
export type Judge = (declaration: HeldDeclaration) => { valid: 'valid' | 'invalid' | 'unknown'; reasons?: DeclarationReason[] };

export interface DdmClientOptions {
  /** One DeclarativeManagement check-in; the status the server answered and its body. Rejects without connection. */
  exchange(endpoint: string, data: Uint8Array): Promise<{ status: number; body: Uint8Array }>;
  judge: Judge;
  /** Comes between the manifest and the declarations; false when the connection is gone then. */
  pause?(): Promise<boolean>;
  /** Called with the configurations in force after they changed. */
  onApplied(configurations: readonly HeldDeclaration[]): void;
  /** All status items this OS has on this channel, without management.*. */
  statusItems(): Record<string, unknown>;
  capabilities(): unknown;
  hasFullReport(): boolean;
  switches: Switches;
  /** A report has arrived; whoever likes sends it once more. */
  onReported?(report: Uint8Array): void;
}

export interface DdmClient {
  /** Declarative management is on: once switched on it stays until the enrollment ends. */
  isEnabled: boolean;
  enable(): void;
  /**
   * Fetches tokens, manifest and what changed, and applies it. `changed`, `unchanged`, or what went wrong; after a
   * failure what was held is still held, save what the switches say.
   */
  sync(): Promise<string>;
  /** Sends what changed since the last report that arrived, or everything. Undefined when there is nothing to say. */
  report(full: boolean): Promise<number | undefined>;
  readonly declarations: ReadonlyMap<string, HeldDeclaration>;
  readonly token: string | undefined;
  /** Takes declarations as someone else's server left them. */
  adopt(token: string, declarations: HeldDeclaration[]): void;
  reset(): void;
}

export function createDdmClient(options: DdmClientOptions): DdmClient {
  const held = new Map<string, HeldDeclaration>();
  const client: DdmClient = {
    isEnabled: false,
    enable() {
      client.isEnabled = true;
    },
    sync,
    report,
    declarations: held,
    get token() {
      return token;
    },
    adopt(itsToken, declarations) {
      client.isEnabled = true;
      token = itsToken;
      for (const declaration of declarations) held.set(declaration.identifier, declaration);
      options.onApplied(inForce());
    },
    reset() {
      client.isEnabled = false;
      token = undefined;
      held.clear();
      reported.clear();
    },
  };
  let token: string | undefined;
  /** What the last sync replaced or took away, until it is told. */
  let replaced: HeldDeclaration[] = [];
  /** Last value of each item that reached the server, as JSON. */
  const reported = new Map<string, string>();

  async function fetchJson(endpoint: string): Promise<Record<string, unknown> | string> {
    let answer: { status: number; body: Uint8Array };
    try {
      answer = await options.exchange(endpoint, NOTHING);
    } catch {
      return `${endpoint}: no connection`;
    }
    if (answer.status !== 200) return `${endpoint}: ${answer.status}`;
    try {
      const value: unknown = JSON.parse(textOf(answer.body));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // Falls through to the same complaint.
    }
    return `${endpoint}: not a JSON object`;
  }

  async function sync(): Promise<string> {
    const tokens = await fetchJson('tokens');
    if (typeof tokens === 'string') return tokens;
    const announced = (tokens.SyncTokens as { DeclarationsToken?: unknown; Timestamp?: unknown } | undefined) ?? {};
    if (typeof announced.DeclarationsToken !== 'string' || typeof announced.Timestamp !== 'string') return 'tokens: malformed';
    if (announced.DeclarationsToken === token) return 'unchanged';

    const items = await fetchJson('declaration-items');
    if (typeof items === 'string') return items;
    const wanted = readManifest(items);
    if (typeof wanted === 'string') return wanted;

    if (options.pause && !(await options.pause())) return 'interrupted';

    const fetched = new Map<string, HeldDeclaration>();
    const failed = new Map<string, string>();
    for (const { kind, identifier, serverToken } of wanted.items) {
      const known = held.get(identifier);
      if (known && known.serverToken === serverToken && known.kind === kind) continue;
      const declaration = await fetchDeclaration(kind, identifier, serverToken);
      if (typeof declaration !== 'string') fetched.set(identifier, declaration);
      else if (options.switches.failedFetch === 'retry') return declaration;
      else failed.set(identifier, declaration);
    }

    replaced = options.switches.reportsReplaced ? [...fetched.keys()].flatMap((identifier) => held.get(identifier) ?? []) : [];
    const listed = new Set(wanted.items.map((item) => item.identifier));
    for (const identifier of [...held.keys()]) if (!listed.has(identifier) || failed.has(identifier)) held.delete(identifier);
    for (const declaration of fetched.values()) held.set(declaration.identifier, declaration);
    // With a declaration missing the token is not taken, so that the next sync asks again.
    token = failed.size === 0 ? wanted.token : undefined;
    options.onApplied(inForce());
    return failed.size === 0 ? 'changed' : `changed, without ${[...failed.values()].join(', ')}`;
  }

  async function fetchDeclaration(kind: DeclarationKind, identifier: string, serverToken: string): Promise<HeldDeclaration | string> {
    const endpoint = `declaration/${kind}/${encodeURIComponent(identifier)}`;
    const body = await fetchJson(endpoint);
    if (typeof body === 'string') return body;
    const { Type: type, Payload: payload } = body;
    if (body.Identifier !== identifier || body.ServerToken !== serverToken) return `${endpoint}: not what the manifest lists`;
    if (typeof type !== 'string' || typeof payload !== 'object' || payload === null) return `${endpoint}: malformed`;
    return { kind, identifier, serverToken, type, payload: payload as Record<string, unknown> };
  }

  function activeConfigurations(): Set<string> {
    const active = new Set<string>();
    for (const { type, payload } of held.values()) {
      if (type !== ACTIVATION || payload.Predicate !== undefined || !Array.isArray(payload.StandardConfigurations)) continue;
      for (const identifier of payload.StandardConfigurations) active.add(String(identifier));
    }
    return active;
  }

  function inForce(): HeldDeclaration[] {
    const active = activeConfigurations();
    return [...held.values()].filter((declaration) => declaration.kind === 'configuration' && active.has(declaration.identifier));
  }

  function declarationStatus(): Record<string, Record<string, unknown>[]> {
    const active = activeConfigurations();
    const status: Record<string, Record<string, unknown>[]> = { activations: [], configurations: [], assets: [], management: [] };
    for (const declaration of [...held.values()].sort((a, b) => (a.identifier < b.identifier ? -1 : 1))) {
      const entry: Record<string, unknown> = {
        active: true,
        identifier: declaration.identifier,
        'server-token': declaration.serverToken,
        valid: 'valid',
      };
      const judged = judgeOne(declaration, active);
      entry.active = judged.active;
      entry.valid = judged.valid;
      if (judged.reasons.length > 0) entry.reasons = judged.reasons;
      status[declaration.kind === 'management' ? 'management' : `${declaration.kind}s`]?.push(entry);
    }
    for (const { kind, identifier, serverToken } of replaced) {
      const list = status[kind === 'management' ? 'management' : `${kind}s`];
      list?.unshift({ active: false, identifier, 'server-token': serverToken, valid: 'valid' });
    }
    return status;
  }

  function judgeOne(
    declaration: HeldDeclaration,
    active: ReadonlySet<string>,
  ): { active: boolean; valid: string; reasons: DeclarationReason[] } {
    const details = { Identifier: declaration.identifier, ServerToken: declaration.serverToken };
    switch (declaration.kind) {
      case 'activation': {
        if (declaration.payload.Predicate !== undefined)
          return { active: false, valid: 'invalid', reasons: [{ code: 'Error.UnableToEvaluatePredicate', details }] };
        const wanted = Array.isArray(declaration.payload.StandardConfigurations) ? declaration.payload.StandardConfigurations : [];
        const missing = wanted.filter((identifier) => held.get(String(identifier))?.kind !== 'configuration');
        if (missing.length === 0) return { active: true, valid: 'valid', reasons: [] };
        return {
          active: true,
          valid: 'invalid',
          reasons: [{ code: 'Error.MissingConfigurations', details: { ...details, ConfigurationIdentifiers: missing } }],
        };
      }
      case 'configuration': {
        if (!active.has(declaration.identifier))
          return { active: false, valid: 'unknown', reasons: [{ code: 'Info.NotReferencedByActivation', details }] };
        const { valid, reasons } = options.judge(declaration);
        return { active: true, valid, reasons: reasons ?? [] };
      }
      case 'asset':
        return { active: true, valid: 'valid', reasons: [] };
      case 'management':
        return { active: false, valid: 'valid', reasons: [] };
    }
  }

  function subscriptions(): { wanted: Set<string>; refused: string[] } {
    const known = options.statusItems();
    const wanted = new Set<string>();
    const refused: string[] = [];
    for (const declaration of inForce()) {
      if (declaration.type !== SUBSCRIPTIONS || !Array.isArray(declaration.payload.StatusItems)) continue;
      for (const item of declaration.payload.StatusItems as { Name?: unknown }[]) {
        const name = String(item.Name);
        if (name.startsWith('management.')) continue;
        if (name in known) wanted.add(name);
        else refused.push(name);
      }
    }
    return { wanted, refused };
  }

  async function report(full: boolean): Promise<number | undefined> {
    const { wanted, refused } = subscriptions();
    const all = options.statusItems();
    const current = new Map<string, unknown>([['management.client-capabilities', options.capabilities()]]);
    for (const name of wanted) current.set(name, all[name]);
    const changed = [...current].filter(([name, value]) => full || reported.get(name) !== JSON.stringify(value));
    const status = declarationStatus();
    const statusJson = JSON.stringify(status);
    const refusedJson = JSON.stringify(refused);
    const isStatusNew = full || reported.get('management.declarations') !== statusJson;
    const isRefusedNew = refused.length > 0 && (full || reported.get('errors') !== refusedJson);
    if (changed.length === 0 && !isStatusNew && !isRefusedNew) return undefined;

    const tree: Record<string, unknown> = {};
    for (const [name, value] of changed) plant(tree, name, value);
    if (isStatusNew)
      plant(tree, 'management.declarations', full || options.switches.declarationsInReports === 'whole' ? status : onlyNew(status));
    const body: Record<string, unknown> = {
      StatusItems: tree,
      Errors: isRefusedNew
        ? refused.map((name) => ({
            StatusItem: name,
            Reasons: [{ Code: options.switches.unsupportedItem, Description: 'Not supported.', Details: {} }],
          }))
        : [],
    };
    if (options.hasFullReport()) body.FullReport = full;
    const bytes = bytesOf(JSON.stringify(body));
    let answer: { status: number };
    try {
      answer = await options.exchange('status', bytes);
    } catch {
      return 0;
    }
    if (answer.status === 200) {
      replaced = [];
      options.onReported?.(bytes);
      for (const [name, value] of changed) reported.set(name, JSON.stringify(value));
      if (isStatusNew) reported.set('management.declarations', statusJson);
      reported.set('errors', refusedJson);
      // An item that lost its subscription is told anew when it gets one again.
      for (const name of [...reported.keys()])
        if (!current.has(name) && name !== 'management.declarations' && name !== 'errors') reported.delete(name);
    }
    return answer.status;
  }

  function onlyNew(status: Record<string, Record<string, unknown>[]>): Record<string, Record<string, unknown>[]> {
    const before = JSON.parse(reported.get('management.declarations') ?? '{}') as Record<string, unknown[]>;
    const known = new Set(Object.values(before).flatMap((entries) => entries.map((entry) => JSON.stringify(entry))));
    return Object.fromEntries(
      Object.entries(status).map(([kind, entries]) => [kind, entries.filter((entry) => !known.has(JSON.stringify(entry)))]),
    );
  }

  return client;
}
