// Beside commands.test.ts, at the same time.
import { testPages } from '../support/docs/pageTests.js';

await testPages('stopping');
