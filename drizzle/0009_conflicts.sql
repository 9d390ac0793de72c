ALTER TABLE `enrollments` ADD `conflicts` text;--> statement-breakpoint
CREATE INDEX `enrollments_by_conflicts` ON `enrollments` (`conflicts`,`id`) WHERE "enrollments"."conflicts" IS NOT NULL;