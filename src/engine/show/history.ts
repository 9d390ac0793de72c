import type { Exchange, Store } from '../../store/store.ts';
import type { ExchangeAnswer, HistoryAnswer } from '../device-answers.ts';

/** Of one page, when nobody says how many. */
export const HISTORY_SHOWN = 50;
export const HISTORY_SHOWN_MAX = 200;

export interface HistoryWanted {
  /** Enrollment id or serial number. */
  device: string;
  /** Only what is older than the entry of this `seq`. */
  before?: number | undefined;
  limit?: number | undefined;
}

/** What happened to one device. Undefined when nothing has that id or serial number. */
export async function historyOf(
  store: Store,
  { device, before, limit = HISTORY_SHOWN }: HistoryWanted,
): Promise<HistoryAnswer | undefined> {
  const id = await store.findEnrollment(device);
  if (id === undefined) return undefined;
  const found = await store.listHistory(id, before, limit + 1);
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return {
    ...{ schema: 'ratchet.history/1', device: id, entries: entries.map((entry) => ({ ...entry })) },
    ...(found.length > limit && last ? { before: last.seq } : {}),
  };
}

/** Undefined when there is no such device, or that exchange of it is not kept. */
export async function exchangeOf(store: Store, device: string, seq: number): Promise<ExchangeAnswer | undefined> {
  const id = await store.findEnrollment(device);
  const exchange = id === undefined ? undefined : await store.findExchange(id, seq);
  if (id === undefined || exchange === undefined) return undefined;
  return { schema: 'ratchet.exchange/1', device: id, exchange: seq, ...partsOf(exchange) };
}

/** Copies, because the answer's types are open and those of what is stored are not. */
function partsOf(exchange: Exchange) {
  switch (exchange.what) {
    case 'heard':
      return { what: exchange.what, event: { ...exchange.event } };
    case 'declaration':
      return { what: exchange.what, declaration: { ...exchange.declaration } };
    default:
      return exchange;
  }
}
