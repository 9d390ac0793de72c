import type { GateContact } from '../../gate/gate-contact.ts';
import type { GateOutcome } from '../../gate/outcomes.ts';
import type { Instant } from '../../time/local.ts';
import { GATE_OTHERS_KEPT_MAX, GATE_SENT_AWAY_KEPT_MAX, GATE_VERIFIED_KEPT_MAX, type GateStore } from '../store.ts';
import type { Sqlite } from './database.ts';

/** Contacts of devices between two looks at how many they are: with all of them there one look takes some 20 ms. */
const TRIM_EVERY = 100;

export function createGateStore(db: Sqlite): GateStore {
  const insert = db.prepare(
    'INSERT INTO gate_contacts (at, device, udid, outcome, is_verified, contact) VALUES (@at, @device, @udid, @outcome, @isVerified, @contact)',
  );
  const trim = db.prepare(
    `DELETE FROM gate_contacts WHERE is_verified = @isVerified AND (outcome = 'sent-away') = @isAway
       AND seq <= (SELECT seq FROM gate_contacts WHERE is_verified = @isVerified AND (outcome = 'sent-away') = @isAway
         ORDER BY seq DESC LIMIT 1 OFFSET @kept)`,
  );
  const sentAway = db
    .prepare("SELECT at FROM gate_contacts WHERE device = ? AND is_verified = 1 AND outcome = 'sent-away' ORDER BY at DESC LIMIT ?")
    .pluck();
  const all = db.prepare('SELECT contact FROM gate_contacts WHERE at >= @since ORDER BY seq DESC LIMIT @limit').pluck();
  const ofDevice = db
    .prepare('SELECT contact FROM gate_contacts WHERE at >= @since AND (device = @device OR udid = @device) ORDER BY seq DESC LIMIT @limit')
    .pluck();
  const counts = db.prepare('SELECT outcome, count(*) AS contacts FROM gate_contacts WHERE at >= ? GROUP BY outcome ORDER BY outcome');
  const add = db.transaction((contact: GateContact) => {
    const { at, outcome, serialNumber, udid } = contact;
    const isVerified = contact.isVerified ? 1 : 0;
    const { lastInsertRowid } = insert.run({
      ...{ at, outcome, isVerified },
      device: serialNumber ?? udid ?? null,
      udid: udid ?? null,
      contact: JSON.stringify(contact),
    });
    if (!contact.isVerified) trim.run({ isVerified, isAway: 0, kept: GATE_OTHERS_KEPT_MAX });
    else if (Number(lastInsertRowid) % TRIM_EVERY === 0) {
      trim.run({ isVerified, isAway: 0, kept: GATE_VERIFIED_KEPT_MAX });
      trim.run({ isVerified, isAway: 1, kept: GATE_SENT_AWAY_KEPT_MAX });
    }
  });
  return {
    async addGateContact(contact) {
      add.immediate(contact);
    },
    async listSentAway(device, limit) {
      return sentAway.all(device, limit) as Instant[];
    },
    async listGateContacts({ device, since }, limit) {
      const texts = device === undefined ? all.all({ since, limit }) : ofDevice.all({ since, limit, device });
      return (texts as string[]).map((text) => JSON.parse(text) as GateContact);
    },
    async countGateContacts(since) {
      const rows = counts.all(since) as { outcome: GateOutcome; contacts: number }[];
      return Object.fromEntries(rows.map(({ outcome, contacts }) => [outcome, contacts]));
    },
  };
}
