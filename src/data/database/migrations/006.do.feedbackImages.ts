// A decided correction keeps its record but not its image: a rejected one goes, an accepted one belongs to its dataset.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
ALTER TABLE feedback DROP CONSTRAINT feedback_sha256_fkey;
`;
