// What the thread that learns from taught images runs.
import { fitTaught } from './fitTaught.js';

export default fitTaught;
