// Captured photos as the server keeps them.
import { dataOf, type components } from 'taxon-client';
import { blobOf } from '../../components/serverImage.js';
import { taxon } from '../../session.js';
import type { ReviewSource } from './reviewQueue.js';

export type Capture = components['schemas']['Capture'];

/** Those that are looked at in one sitting: there may be tens of thousands. */
const pageSize = 1_000;

export const captureSource: ReviewSource<Capture> = {
  load: async (signal) => {
    const params = { query: { order: 'uncertain' as const, limit: pageSize } };
    return dataOf(await taxon.value.api.GET('/v1/admin/captures', { params, signal })).captures;
  },
  image: async (id, signal) => {
    const params = { path: { id } };
    const answer = await taxon.value.api.GET('/v1/admin/captures/{id}/image', { params, parseAs: 'blob', signal });
    return blobOf(answer);
  },
  accept: async ({ id, label: given }, dataset, label) => {
    const body = { dataset, ...(label !== given && { label }) };
    const call = { params: { path: { id } }, keepalive: true, body };
    dataOf(await taxon.value.api.POST('/v1/admin/captures/{id}/accept', call));
  },
  reject: async ({ id }) => {
    const call = { params: { path: { id } }, keepalive: true };
    dataOf(await taxon.value.api.POST('/v1/admin/captures/{id}/reject', call));
  },
  find: async (capture) => {
    const params = { path: { id: capture.id } };
    const { response } = await taxon.value.api.GET('/v1/admin/captures/{id}/image', { params, parseAs: 'blob' });
    return response.ok ? capture : undefined;
  },
};
