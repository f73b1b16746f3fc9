// A process that opens the embedded database of a directory and closes it: node openProcess.js <dataDir>. Prints what came of it.
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { AppError } from '../../src/errors.js';
import { silent } from './databases.js';

const outcome = await openDatabase({ dataDir: process.argv[2]!, logger: silent }).then(
  async (database) => {
    await database.close();
    return 'opened';
  },
  (error: unknown) => (error instanceof AppError ? error.code : String(error)),
);
process.stdout.write(outcome);
