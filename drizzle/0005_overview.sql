DROP INDEX `enrollments_listed`;--> statement-breakpoint
ALTER TABLE `enrollments` ADD `lookup_key` text;--> statement-breakpoint
-- Rows of before: what their facts tell. Every device is decided anew at once, as after a change of policies, and then it is sure.
UPDATE `enrollments` SET
	`lookup_key` = coalesce(nullif(trim(`state` ->> '$.facts.softwareUpdateDeviceId.value'), ''), CASE WHEN `platform` IN ('iOS', 'iPadOS', 'tvOS', 'visionOS', 'watchOS', 'HomePod') THEN `product_name` END),
	`recheck_at` = 0;--> statement-breakpoint
CREATE INDEX `enrollments_listed` ON `enrollments` (`reason`,`platform`,`version_key`,`policy`,`due_date`,`is_handed_out`,`is_holding`,`is_exposed`,`ring`,`tags`,`name_key`,`search`,`serial_number`,`lookup_key`,`id`);--> statement-breakpoint
CREATE INDEX `outbox_open` ON `outbox` (`state`) WHERE "outbox"."state" IN ('pending', 'leased', 'enqueued');--> statement-breakpoint
CREATE INDEX `rollout_devices_by_state` ON `rollout_devices` (`policy`,`release`,`state`,`since`,`enrollment_id`,`ring`);