// The thread that compares: 20,000 embeddings take tens of milliseconds, in which the server's own thread answers others.
import { findNearest } from './nearest.js';

export default findNearest;
