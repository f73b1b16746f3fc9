// A decoder thread for tests of its death: to it every image is damaged, and it dies a moment after it has said so.
import { threadId } from 'node:worker_threads';

export default (): unknown => {
  setTimeout(() => {
    throw new Error('this thread was made to die');
  }, 20);
  return { kind: 'damaged', reason: `thread ${threadId}` };
};
