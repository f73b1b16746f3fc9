// The preset that was called seed is called keras: trainings that waited or were interrupted before the upgrade still find it.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
UPDATE trainings SET request = jsonb_set(request, '{preset}', '"keras"') WHERE request->>'preset' = 'seed';
`;
