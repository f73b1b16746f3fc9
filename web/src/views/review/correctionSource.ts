// Corrections as the server keeps them.
import { dataOf, type components } from 'taxon-client';
import { blobOf } from '../../components/serverImage.js';
import { taxon } from '../../session.js';
import type { ReviewSource } from './reviewQueue.js';

export type Correction = components['schemas']['Feedback'];

const pageSize = 1_000;

export const correctionSource: ReviewSource<Correction> = {
  load: async (signal) => {
    const found: Correction[] = [];
    for (;;) {
      const after = Math.max(0, ...found.map(({ id }) => id));
      const params = { query: { state: 'new' as const, order: 'informative' as const, after, limit: pageSize } };
      const { feedback } = dataOf(await taxon.value.api.GET('/v1/admin/feedback', { params, signal }));
      found.push(...feedback);
      if (feedback.length < pageSize) return found;
    }
  },
  image: async (id, signal) => {
    const params = { path: { id } };
    const answer = await taxon.value.api.GET('/v1/admin/feedback/{id}/image', { params, parseAs: 'blob', signal });
    return blobOf(answer);
  },
  accept: async ({ id, label: given }, dataset, label) => {
    const body = { dataset, ...(label !== given && { label }) };
    const call = { params: { path: { id } }, keepalive: true, body };
    dataOf(await taxon.value.api.POST('/v1/admin/feedback/{id}/accept', call));
  },
  reject: async ({ id }) => {
    const call = { params: { path: { id } }, keepalive: true };
    dataOf(await taxon.value.api.POST('/v1/admin/feedback/{id}/reject', call));
  },
  find: async ({ id }) => {
    const params = { query: { state: 'new' as const, after: id - 1, limit: 1 } };
    const { data } = await taxon.value.api.GET('/v1/admin/feedback', { params });
    return data?.feedback.find((correction) => correction.id === id);
  },
};
