// What can be done to a version or a classifier; each gives true when it was done, and says why when it was not.
import { dataOf } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.versions;

/** Says how it went; gives whether it was done. */
export async function attempt(act: () => Promise<string>): Promise<boolean> {
  try {
    showToast(await act());
    return true;
  } catch (refusal) {
    showToast(messageOf(refusal));
    return false;
  }
}

export const activate = (name: string, version: number): Promise<boolean> =>
  attempt(async () => {
    const answer = await taxon.value.api.POST('/v1/admin/models/{name}/activate', {
      params: { path: { name } },
      body: { version },
    });
    return texts.activated(dataOf(answer).activeVersion);
  });

export const rollBack = (name: string): Promise<boolean> =>
  attempt(async () => {
    const answer = await taxon.value.api.POST('/v1/admin/models/{name}/rollback', { params: { path: { name } } });
    return texts.rolledBack(dataOf(answer).activeVersion);
  });

export const removeVersion = (name: string, version: number): Promise<boolean> =>
  attempt(async () => {
    const path = { name, version };
    dataOf(await taxon.value.api.DELETE('/v1/admin/models/{name}/versions/{version}', { params: { path } }));
    return texts.removed(version);
  });

export const removeClassifier = (name: string): Promise<boolean> =>
  attempt(async () => {
    dataOf(await taxon.value.api.DELETE('/v1/admin/models/{name}', { params: { path: { name } } }));
    return texts.removedClassifier(name);
  });

export const makeDefault = (name: string): Promise<boolean> =>
  attempt(async () => {
    dataOf(await taxon.value.api.PUT('/v1/admin/default-model', { body: { model: name } }));
    return texts.madeDefault(name);
  });

/** null: as at first. */
export const setUnknownAbove = (name: string, version: number, unknownAbove: number | null): Promise<boolean> =>
  attempt(async () => {
    const params = { path: { name, version } };
    const answer = await taxon.value.api.PATCH('/v1/admin/models/{name}/versions/{version}', {
      params,
      body: { unknownAbove },
    });
    return strings.unknown.set(String(dataOf(answer).unknownAbove));
  });

export const giveAlias = (name: string, version: number, alias: string): Promise<boolean> =>
  attempt(async () => {
    const params = { path: { name, alias } };
    dataOf(await taxon.value.api.PUT('/v1/admin/models/{name}/aliases/{alias}', { params, body: { version } }));
    return texts.aliasGiven(alias, version);
  });

export const dropAlias = (name: string, alias: string): Promise<boolean> =>
  attempt(async () => {
    dataOf(
      await taxon.value.api.DELETE('/v1/admin/models/{name}/aliases/{alias}', { params: { path: { name, alias } } }),
    );
    return texts.aliasGone(alias);
  });
