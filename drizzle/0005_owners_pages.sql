ALTER TABLE `enrollments` ADD `owners_page` text;--> statement-breakpoint
CREATE INDEX `enrollments_by_page` ON `enrollments` (`owners_page`) WHERE "enrollments"."owners_page" IS NOT NULL;