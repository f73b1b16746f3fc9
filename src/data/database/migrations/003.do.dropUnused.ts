// Drops what the first schema made and nothing ever used: versions are directories of the model store, and describe themselves.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
ALTER TABLE classifiers DROP COLUMN last_version;
DROP TABLE versions;
`;
