// Rollbacks mark the activations that they undo, so that the way back is found however long the history has become.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
ALTER TABLE activations ADD COLUMN undone boolean NOT NULL DEFAULT false;
-- Until now a rollback was an activation of its own.
UPDATE activations AS earlier SET undone = true
WHERE EXISTS (
  SELECT FROM activations AS later
  WHERE later.classifier = earlier.classifier AND later.reason = 'rollback' AND later.id > earlier.id AND later.version <> earlier.version
);
DELETE FROM activations WHERE reason = 'rollback';
`;
