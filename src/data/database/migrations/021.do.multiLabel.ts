// A dataset may say that its images have any number of labels.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
ALTER TABLE datasets ADD COLUMN task text NOT NULL DEFAULT 'single-label' CHECK (task IN ('single-label', 'multi-label'));
`;
