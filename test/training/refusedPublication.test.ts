import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listVersions } from '../../src/models/versions.js';
import { onBothDatabases } from '../support/databases.js';
import { openTrainingBench } from '../support/trainingBench.js';

/** The database refuses, at its commit and as on a full disk, every transaction that records a publication. */
const refuseRecords = `
  CREATE FUNCTION refuse_record() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'there is no room' USING ERRCODE = '53100'; END $$;
  CREATE CONSTRAINT TRIGGER refuse_record AFTER UPDATE ON trainings DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.checkpoint ? 'published') EXECUTE FUNCTION refuse_record()`;

await onBothDatabases('A training whose publication the database refuses', (kind) => {
  it('fails and leaves no version behind; the next training publishes under that number', async (t) => {
    const bench = await openTrainingBench(t, { kind });
    await bench.addColours(6);
    const numbers = async (): Promise<number[]> =>
      (await listVersions({ own: bench.modelsDir })).versions.map(({ manifest }) => manifest.version);
    await bench.database.rows(refuseRecords);
    const refused = await bench.train({ activate: 'manual' });
    assert.deepEqual([refused.state, refused.error?.code, refused.version], ['failed', 'storage_full', null]);
    assert.deepEqual(await numbers(), [1]);

    await bench.database.rows('DROP TRIGGER refuse_record ON trainings');
    const next = await bench.train({ activate: 'manual' });
    assert.deepEqual([next.state, next.version], ['succeeded', 2], next.error?.detail);
    assert.deepEqual(await numbers(), [1, 2]);
  });
});
