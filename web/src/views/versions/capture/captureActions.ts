// Whether photos of requests to a classifier are kept, as the server has it and as it is changed.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { attempt } from '../actions.js';

const texts = strings.capture;
const path = '/v1/models/{name}/capture';

export type CaptureState = components['schemas']['ClassifierCapture'];

export const loadCapture = async (name: string, signal: AbortSignal): Promise<CaptureState> =>
  dataOf(await taxon.value.api.GET(path, { params: { path: { name } }, signal }));

/** Sizes and ages stay. */
export const keepShare = (
  { model, maxBytes, maxAgeDays, uncertainBelow }: CaptureState,
  share: number,
  withoutKey: boolean,
): Promise<boolean> =>
  attempt(async () => {
    const body = { share, withoutKey, maxBytes, maxAgeDays, uncertainBelow };
    dataOf(await taxon.value.api.PUT(path, { params: { path: { name: model } }, body }));
    return texts.started(share);
  });

export const stopKeeping = (name: string): Promise<boolean> =>
  attempt(async () => {
    const { captures } = dataOf(await taxon.value.api.DELETE(path, { params: { path: { name } } }));
    return texts.stopped(captures);
  });
