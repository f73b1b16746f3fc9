// A server that answers in the forms that Custom Vision's training API documents, with one project of coloured images.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { colourImage, type ColourName } from './tinyModel.js';

export const projectId = '3e8a0c1f-6f0d-4f7f-9a0b-7d1c2b3a4e5f';
export const trainingKey = 'the-training-key-of-tests';
export const colours: readonly ColourName[] = ['red', 'green', 'blue'];
export const perColour = 8;
const tagIdOf = (colour: string): string => `tag-of-${colour}`;
export const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

interface Seen {
  readonly path: string;
  readonly key: string | undefined;
}

export const api = `/customvision/v3.3/training/projects/${projectId}`;
const page = (all: readonly object[], query: URLSearchParams): readonly object[] => {
  const skip = Number(query.get('skip'));
  // Fewer than were asked for.
  return all.slice(skip, skip + Math.min(Number(query.get('take')), 10));
};

/** To be closed by the caller. */
export async function startCustomVision() {
  /** What was asked for. */
  const seen: Seen[] = [];
  /** What is refused once: by its path, with the answer that it gets instead. */
  const troubles = new Map<string, (answer: ServerResponse) => void>();
  const domain = { type: 'Classification' };
  const pictures = await Promise.all(
    colours.flatMap((colour, place) =>
      Array.from({ length: perColour }, async (_, index) => ({
        id: idOf(place * perColour + index),
        tags: [colour],
        bytes: await colourImage(colour, index),
      })),
    ),
  );
  const images = [...pictures, { id: idOf(99), tags: ['red', 'green'], bytes: pictures[0]!.bytes }];
  const measured = [0, perColour, 2 * perColour].map(idOf);

  const records: Readonly<Record<string, (query: URLSearchParams, origin: string) => unknown>> = {
    [api]: () => ({
      id: projectId,
      name: 'Colours of Things',
      description: '',
      settings: { domainId: 'general', classificationType: 'Multiclass', useNegativeSet: true },
      created: '2024-01-01T00:00:00.000Z',
    }),
    '/customvision/v3.3/training/domains/general': () => ({ id: 'general', name: 'General', type: domain.type }),
    [`${api}/tags`]: () =>
      colours.map((colour) => ({
        id: tagIdOf(colour),
        name: colour === 'blue' ? 'blue/azure' : colour,
        description: null,
        type: 'Regular',
        imageCount: perColour,
      })),
    [`${api}/iterations`]: () => [
      { id: 'newest', name: 'Iteration 3', status: 'Training', trainedAt: null, publishName: null },
      { id: 'second', name: 'Iteration 2', status: 'Completed', trainedAt: '2024-03-01T00:00:00Z', publishName: null },
      { id: 'first', name: 'Iteration 1', status: 'Completed', trainedAt: '2024-02-01T00:00:00Z', publishName: 'Live' },
    ],
    [`${api}/iterations/first/performance/images`]: (query) =>
      page(
        measured.map((id) => ({ id, predictions: [], tags: [], imageUri: '' })),
        query,
      ),
    [`${api}/images/tagged`]: (query, origin) =>
      page(
        images.map(({ id, tags }) => ({
          id,
          created: '2024-01-02T00:00:00.000Z',
          width: 64,
          height: 64,
          resizedImageUri: '',
          thumbnailUri: '',
          originalImageUri: `${origin}/store/${id}?sig=secret`,
          tags: tags.map((tag) => ({ tagId: tagIdOf(tag), tagName: tag, created: '2024-01-02T00:00:00.000Z' })),
          regions: [],
        })),
        query,
      ),
  };

  function answerTo(request: IncomingMessage, answer: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://custom-vision');
    const key = request.headers['training-key'];
    seen.push({ path: pathname, key: typeof key === 'string' ? key : undefined });
    const trouble = troubles.get(pathname);
    troubles.delete(pathname);
    if (trouble !== undefined) {
      trouble(answer);
      return;
    }
    const image = images.find(({ id }) => pathname === `/store/${id}`);
    const record = records[pathname];
    const refuse = (status: number, code: string): void => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message: 'no' }));
    };
    if (image !== undefined) answer.end(image.bytes);
    else if (key !== trainingKey) refuse(401, 'Unauthorized');
    else if (record === undefined) refuse(404, 'NotFound');
    else answer.setHeader('content-type', 'application/json').end(JSON.stringify(record(searchParams, endpoint)));
  }

  const server = createServer(answerTo).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { endpoint, pictures, seen, troubles, domain, close };
}
