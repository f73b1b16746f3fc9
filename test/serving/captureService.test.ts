import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureRuleSchema, type CapturedImage, type CaptureRule } from '../../src/data/captures/schemas.js';
import { RawPixels } from '../../src/image/rawPixels.js';
import { CaptureService } from '../../src/serving/captureService.js';
import type { ImageInput, ImageOutcome, ModelOutcome } from '../../src/serving/classify.js';
import { silent } from '../support/databases.js';

const outcomeOf = (probability: number, novelty?: number): ImageOutcome =>
  ({ ok: true, probabilities: new Float64Array([probability, 1 - probability]), novelty }) as ImageOutcome;

const modelOf = (name: string, images: readonly ImageOutcome[]): ModelOutcome =>
  ({ manifest: { name, version: 3, labels: ['hat', 'shoe'] }, images }) as unknown as ModelOutcome;

const image = new Uint8Array([1, 2, 3]);
const sure = outcomeOf(0.9);

interface Bench {
  readonly service: CaptureService;
  readonly kept: CapturedImage[];
  /** Offers one image, and resolves when what was drawn of it waits. */
  readonly offer: (requestId: string, input?: ImageInput, outcome?: ImageOutcome, keyId?: string) => Promise<void>;
}

async function newBench(
  rule: Partial<CaptureRule>,
  {
    keep = async () => undefined,
    ...options
  }: { keep?: () => Promise<void>; maxWaiting?: { images: number; bytes: number } } = {},
): Promise<Bench> {
  const kept: CapturedImage[] = [];
  const rules = new Map([['clothing', captureRuleSchema.parse({ share: 1, withoutKey: true, ...rule })]]);
  const service = new CaptureService({
    rules: { list: async () => rules, onChange: async () => async () => undefined },
    captures: {
      keep: async (captured) => {
        await keep();
        kept.push(captured);
        return captured.answers.length;
      },
    },
    unknownAbove: () => 0.99,
    logger: silent,
    ...options,
  });
  await service.start();
  const offer: Bench['offer'] = async (requestId, input = image, outcome = sure, keyId) => {
    const before = service.depth + kept.length;
    let answered: () => void = () => undefined;
    service.offer({ requestId, keyId }, [input], [modelOf('clothing', [outcome])], (task) => (answered = task));
    assert.equal(service.depth + kept.length, before, 'nothing is drawn before the answer has gone out');
    answered();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { service, kept, offer };
}

test('a share of the images is kept, of each the same every time, and a larger share has those of a smaller one', async () => {
  const ids = Array.from({ length: 400 }, (_, i) => `request-${i}`);
  const keptOf = async (share: number): Promise<Set<string>> => {
    const { service, kept, offer } = await newBench({ share });
    for (const id of ids) await offer(id);
    await service.settled();
    return new Set(kept.map(({ requestId }) => requestId));
  };
  const [few, again, more, none, all] = [
    await keptOf(0.25),
    await keptOf(0.25),
    await keptOf(0.5),
    await keptOf(0),
    await keptOf(1),
  ];
  assert.ok(few.size > 70 && few.size < 130, `${few.size} of 400`);
  assert.deepEqual(few, again);
  assert.ok([...few].every((id) => more.has(id)));
  assert.ok(more.size > 160 && more.size < 240, `${more.size} of 400`);
  assert.deepEqual([none.size, all.size], [0, 400]);
});

test('what was answered is kept with the image, in a copy', async () => {
  const { service, kept, offer } = await newBench({});
  const sent = Buffer.from([7, 8, 9]);
  await offer('one', sent, outcomeOf(0.25, 0.5), 'key');
  sent.fill(0);
  await service.settled();
  const answers = [{ classifier: 'clothing', version: 3, label: 'shoe', probability: 0.75, known: true }];
  assert.deepEqual(kept, [{ requestId: 'one', keyId: 'key', bytes: new Uint8Array([7, 8, 9]), position: 0, answers }]);
});

test('requests without a key are left out unless the rule says otherwise, as are tensors of pixels and images that failed', async () => {
  const { service, kept, offer } = await newBench({ withoutKey: false });
  await offer('keyless');
  await offer('pixels', new RawPixels(1, 1, new Uint8Array(3)), sure, 'key');
  await offer('failed', image, { ok: false, error: new Error() } as unknown as ImageOutcome, 'key');
  service.offer(undefined, [image], [modelOf('clothing', [sure])], (task) => task());
  service.offer({ requestId: 'other', keyId: 'key' }, [image], [modelOf('other', [sure])], (task) => task());
  await offer('kept', image, sure, 'key');
  await service.settled();
  assert.deepEqual(
    kept.map(({ requestId }) => requestId),
    ['kept'],
  );
});

test('only those that are uncertain or unknown are kept, where the rule says so', async () => {
  const { service, kept, offer } = await newBench({ uncertainBelow: 0.8 });
  await offer('sure');
  await offer('unsure', image, outcomeOf(0.79));
  await offer('unknown', image, outcomeOf(0.99, 1));
  await service.settled();
  assert.deepEqual(
    kept.map(({ requestId, answers }) => [requestId, answers[0]!.known]),
    [
      ['unsure', undefined],
      ['unknown', false],
    ],
  );
});

test('what comes while too many wait is dropped and counted; a failure is counted and ends nothing', async () => {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let writes = 0;
  const keep = async (): Promise<void> => {
    await held;
    if (++writes === 1) throw new Error('the disk is full');
  };
  const { service, kept, offer } = await newBench({}, { keep, maxWaiting: { images: 3, bytes: 8 } });
  for (const id of ['a', 'b', 'c', 'd']) await offer(id);
  assert.deepEqual([service.depth, service.counts], [2, { kept: 0, dropped: 2, failed: 0 }]);
  letGo();
  await service.settled();
  assert.deepEqual(
    kept.map(({ requestId }) => requestId),
    ['b'],
  );
  assert.deepEqual([service.depth, service.counts], [0, { kept: 1, dropped: 2, failed: 1 }]);
  await offer('e');
  await service.stop();
  assert.equal(service.counts.kept, 2, 'what waits is written down before the end');
});
