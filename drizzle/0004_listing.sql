CREATE TABLE `fleet_days` (
	`day` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`groups` text NOT NULL,
	`exposed` integer
);
--> statement-breakpoint
CREATE TABLE `fleet_versions` (
	`day` text NOT NULL,
	`platform` text NOT NULL,
	`version` text NOT NULL,
	`devices` integer NOT NULL,
	PRIMARY KEY(`day`, `platform`, `version`)
);
--> statement-breakpoint
DROP INDEX `enrollments_by_reason`;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `device_name` text;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `version_key` integer;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `policy` text;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `ring` text;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `due_date` text;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `is_handed_out` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `is_holding` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `is_exposed` integer;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `tags` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `name_key` text;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `search` text DEFAULT '' NOT NULL;--> statement-breakpoint
-- Rows of before: what their decisions and memories tell. Tags, letters of versions and exposure are not in them, so every device is decided anew at once, as after a change of policies.
UPDATE `enrollments` SET
	`version_key` = CASE WHEN `os_version` GLOB '[0-9]*' THEN
		((CAST(`os_version` AS INTEGER) * 10000
		+ CAST(substr(`os_version` || '.0.0', instr(`os_version` || '.0.0', '.') + 1) AS INTEGER)) * 10000
		+ CAST(substr(substr(`os_version` || '.0.0', instr(`os_version` || '.0.0', '.') + 1), instr(substr(`os_version` || '.0.0', instr(`os_version` || '.0.0', '.') + 1), '.') + 1) AS INTEGER)) * 100
	END,
	`policy` = `decision` ->> '$.policy',
	`ring` = CASE `decision` ->> '$.policy'
		WHEN `memory` ->> '$.rolloutNext.policy' THEN `memory` ->> '$.rolloutNext.ring'
		WHEN `memory` ->> '$.rollout.policy' THEN `memory` ->> '$.rollout.ring'
	END,
	`due_date` = substr(`decision` ->> '$.enforcement.local', 1, 10),
	`is_handed_out` = `decision` ->> '$.counted.date' IS NOT NULL,
	`is_holding` = `decision` ->> '$.holds' IS NOT NULL,
	`search` = lower(`id`) || coalesce(char(10) || lower(`serial_number`), ''),
	`recheck_at` = 0;--> statement-breakpoint
CREATE INDEX `enrollments_by_seen` ON `enrollments` (`last_seen_at`,`id`);--> statement-breakpoint
CREATE INDEX `enrollments_listed` ON `enrollments` (`reason`,`platform`,`version_key`,`policy`,`due_date`,`is_handed_out`,`is_holding`,`is_exposed`,`ring`,`tags`,`name_key`,`search`,`serial_number`,`id`);