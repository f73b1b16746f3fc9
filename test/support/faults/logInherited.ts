// Loaded before the server: each SIGUSR2 writes a line with the names that an empty object and an empty list have from elsewhere.
import { isMainThread } from 'node:worker_threads';

const inherited = (): string[] => [{}, []].flatMap((empty) => namesOf(empty));

/** A loop over the keys gives those of the prototypes too. */
function namesOf(empty: object): string[] {
  const names: string[] = [];
  for (const name in empty) names.push(name);
  return names;
}

if (isMainThread) process.on('SIGUSR2', () => console.log(`every object inherits ${JSON.stringify(inherited())}`));
