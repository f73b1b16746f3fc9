// The photos of one class on their way to the server, some in each request, in the order in which they came.
import { useRef, useState } from 'preact/hooks';
import { dataOf, type FailedFile } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { taxon } from '../../session.js';

const filesPerRequest = 8;

export interface Refused {
  readonly name: string;
  readonly reason: string;
}

export interface UploadQueue {
  /** Files that are not yet there. */
  readonly waiting: number;
  /** What the server would not take, since the page was opened. */
  readonly refused: readonly Refused[];
  readonly add: (files: readonly File[]) => void;
}

/** `onAdded` after each request, with the ids of the images that are now in the dataset. */
export function useUploadQueue(dataset: string, label: string, onAdded: (ids: readonly number[]) => void): UploadQueue {
  const queue = useRef<File[]>([]);
  const isSending = useRef(false);
  const [waiting, setWaiting] = useState(0);
  const [refused, setRefused] = useState<readonly Refused[]>([]);

  const send = async (): Promise<void> => {
    isSending.current = true;
    for (let files; (files = queue.current.slice(0, filesPerRequest)).length > 0;) {
      const { ids, failures } = await sendFiles(dataset, label, files);
      queue.current.splice(0, files.length);
      setWaiting(queue.current.length);
      if (failures.length > 0) setRefused((before) => [...before, ...failures]);
      if (ids.length > 0) onAdded(ids);
    }
    isSending.current = false;
  };
  const add = (files: readonly File[]): void => {
    queue.current.push(...files);
    setWaiting(queue.current.length);
    if (!isSending.current) void send();
  };
  return { waiting, refused, add };
}

interface Sent {
  readonly ids: readonly number[];
  readonly failures: readonly Refused[];
}

/** Does not throw: a request that fails is every file's failure. */
async function sendFiles(name: string, label: string, files: readonly File[]): Promise<Sent> {
  const form = new FormData();
  form.append('label', label);
  for (const file of files) form.append('image', file, file.name);
  try {
    const { results } = dataOf(
      await taxon.value.api.POST('/v1/models/{name}/teach', {
        params: { path: { name } },
        body: { image: [], label },
        bodySerializer: () => form,
      }),
    );
    return {
      ids: results.flatMap(({ outcome, id }) => (outcome === 'added' ? [id!] : [])),
      failures: results
        .filter((result): result is FailedFile => result.error !== undefined)
        .map(({ filename, error }) => ({ name: filename, reason: error.detail })),
    };
  } catch (error) {
    return { ids: [], failures: files.map((file) => ({ name: file.name, reason: messageOf(error) })) };
  }
}
