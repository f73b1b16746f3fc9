// npm start, once everything is compiled.
import { startServerProcess } from '../src/cli/serverProcess.js';

startServerProcess();
