// Preloaded into a process and its threads (node --import): flushes of files fail while there is a file at FAILING_FLUSH.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { fdatasyncSync } = fs;

fs.fdatasyncSync = (fd) => {
  if (fs.existsSync(process.env.FAILING_FLUSH!))
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  fdatasyncSync(fd);
};
syncBuiltinESMExports();
