// Who made an image, and under which license: it belongs to the file, whatever datasets have it.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- As in src/data/datasets/attribution.ts; NULL: nobody said.
ALTER TABLE images ADD COLUMN attribution jsonb;
`;
