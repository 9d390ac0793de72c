CREATE TABLE `alerts` (
	`key` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`sentence` text NOT NULL,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `attempts` (
	`command_uuid` text PRIMARY KEY NOT NULL,
	`enrollment_id` text NOT NULL,
	`decided_at` integer NOT NULL,
	`is_settled` integer NOT NULL,
	`attempt` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `attempts_by_time` ON `attempts` (`decided_at`,`command_uuid`);--> statement-breakpoint
CREATE INDEX `attempts_by_enrollment` ON `attempts` (`enrollment_id`,`decided_at`,`command_uuid`);--> statement-breakpoint
CREATE INDEX `attempts_unsettled` ON `attempts` (`enrollment_id`) WHERE "attempts"."is_settled" = 0;--> statement-breakpoint
CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`by` text NOT NULL,
	`act` text NOT NULL,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `declarations` (
	`identifier` text PRIMARY KEY NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `enrollments` (
	`id` text PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`type` text NOT NULL,
	`serial_number` text,
	`platform` text NOT NULL,
	`product_name` text,
	`os_version` text,
	`build_version` text,
	`last_seen_at` integer NOT NULL,
	`reason` text NOT NULL,
	`recheck_at` integer NOT NULL,
	`state` text NOT NULL,
	`memory` text NOT NULL,
	`decision` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `enrollments_by_recheck` ON `enrollments` (`recheck_at`);--> statement-breakpoint
CREATE INDEX `enrollments_by_serial` ON `enrollments` (`serial_number`);--> statement-breakpoint
CREATE INDEX `enrollments_by_reason` ON `enrollments` (`reason`);--> statement-breakpoint
CREATE TABLE `inbox` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`enrollment_id` text NOT NULL,
	`type` text NOT NULL,
	`event` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `inbox_by_enrollment` ON `inbox` (`enrollment_id`,`seq`);--> statement-breakpoint
CREATE TABLE `ledger` (
	`policy` text NOT NULL,
	`enrollment_id` text NOT NULL,
	`release` text NOT NULL,
	`version` text NOT NULL,
	`due_local` text NOT NULL,
	`zone` text NOT NULL,
	`zone_assumed` integer NOT NULL,
	`due_at` integer NOT NULL,
	`clock_start_at` integer NOT NULL,
	`written_at` integer NOT NULL,
	`due_spec` text NOT NULL,
	PRIMARY KEY(`enrollment_id`, `policy`, `release`)
);
--> statement-breakpoint
CREATE TABLE `manifests` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`changed_at` integer NOT NULL,
	`answerable_until` integer NOT NULL,
	`is_invited` integer NOT NULL,
	`basis` text NOT NULL,
	`manifest` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`command_uuid` text PRIMARY KEY NOT NULL,
	`enrollment_id` text NOT NULL,
	`state` text NOT NULL,
	`due_at` integer,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`entry` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `outbox_by_due` ON `outbox` (`due_at`);--> statement-breakpoint
CREATE INDEX `outbox_by_enrollment` ON `outbox` (`enrollment_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `parked` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`received_at` integer NOT NULL,
	`topic` text NOT NULL,
	`reason` text NOT NULL,
	`detail` text NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`event_id` text
);
--> statement-breakpoint
CREATE TABLE `pushes` (
	`enrollment_id` text PRIMARY KEY NOT NULL,
	`due_at` integer,
	`last_sent_at` integer NOT NULL,
	`tries` integer NOT NULL,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `pushes_by_due` ON `pushes` (`due_at`);--> statement-breakpoint
CREATE TABLE `timeline` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`enrollment_id` text NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `timeline_by_enrollment` ON `timeline` (`enrollment_id`,`seq`);