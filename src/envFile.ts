// .env of the working directory, as .env.example shows it.
import { loadEnvFile } from 'node:process';

/** Adds what the file sets to this process's environment, which wins where both set a variable. A missing file is none. */
export function readEnvFile(): void {
  try {
    loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
