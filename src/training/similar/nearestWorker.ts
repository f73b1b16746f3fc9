// What each of the threads that compare runs.
import { findNearest } from './nearest.js';

export default findNearest;
