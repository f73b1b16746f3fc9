// The preset that was called seed is called keras: a training that waits or goes on under this version finds its own name.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
UPDATE trainings SET request = jsonb_set(request, '{preset}', '"keras"') WHERE request->>'preset' = 'seed';
`;
