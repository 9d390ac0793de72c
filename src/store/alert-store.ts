import type { Instant } from '../time/local.ts';

/** An alert as it is told to targets: from its first raising until it has been over for a while. */
export interface AlertEpisode {
  id: string;
  /** Of the alert. */
  key: string;
  since: Instant;
  /** As it was last raised. */
  sentence: string;
  detail: Record<string, unknown>;
  /** It is not raised since then; within a while it may come back and is the same. */
  clearedAt?: Instant;
  /** It is over and was told so; kept for the digest. */
  isOver?: true;
}

/** A message that a target has not taken yet. */
export interface AlertDelivery {
  /** Of the message: the same for every target and every try. */
  id: string;
  /** Name of the target. */
  target: string;
  at: Instant;
  /** The message as JSON. */
  body: string;
}

/** What was told of alerts, and what waits to be. */
export interface AlertBook {
  episodes: AlertEpisode[];
  /** In the order in which they were added. */
  deliveries: AlertDelivery[];
  /** The day, yyyy-mm-dd in the zone of the settings, of the last digest. */
  digestDay?: string;
}

export interface AlertBookChanges {
  /** New or changed, each in place of what was there. */
  episodes?: readonly AlertEpisode[];
  /** Ids of episodes. */
  forgotten?: readonly string[];
  add?: readonly AlertDelivery[];
  remove?: readonly Pick<AlertDelivery, 'id' | 'target'>[];
  digestDay?: string;
}

export interface AlertStore {
  loadAlertBook(): Promise<AlertBook>;
  /** All or nothing. What is removed and added under one id and target is replaced, at the end. */
  saveAlertBook(changes: AlertBookChanges): Promise<void>;
}
