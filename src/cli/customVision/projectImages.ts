// The images of a Custom Vision project, as images of a dataset: in a folder of this machine, so that what was fetched once stays.
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pMapIterable } from 'p-map';
import { labelSchema } from '../../data/datasets/schemas.js';
import type { FolderImage } from '../imageFolder.js';
import type { CustomVisionProject, Iteration, ProjectImage, Tag } from './trainingApi.js';

export interface ProjectImages {
  readonly images: readonly FolderImage[];
  /** Images with several tags, which a dataset of classes has no place for. */
  readonly severalTags: number;
  /** Images that were in the folder already. */
  readonly present: number;
}

const downloadsAtOnce = 8;

/**
 * Fetches the images that have one tag to `folder`, each under its id; those that are there are not fetched again. `measured` are the ids
 * of the images that become the test split. Throws when a tag cannot be a label, and what the project throws.
 */
export async function fetchImages(
  project: CustomVisionProject,
  folder: string,
  labels: ReadonlyMap<string, string>,
  onProgress: (images: number) => void,
): Promise<ProjectImages> {
  await mkdir(folder, { recursive: true });
  const images: FolderImage[] = [];
  let [severalTags, present] = [0, 0];
  for await (const page of project.taggedImages()) {
    const single = page.filter(({ tags }) => tags?.length === 1);
    severalTags += page.length - single.length;
    const fetchOne = (image: ProjectImage): Promise<boolean> => fetchImage(project, image, join(folder, image.id));
    for await (const wasPresent of pMapIterable(single, fetchOne, { concurrency: downloadsAtOnce }))
      present += Number(wasPresent);
    for (const { id, tags } of single) {
      const { tagId, tagName } = tags![0]!;
      // A tag that has been made meanwhile has no label yet.
      images.push({ name: id, path: join(folder, id), label: labels.get(tagId) ?? tagName, split: undefined });
    }
    onProgress(images.length);
  }
  return { images, severalTags, present };
}

/** True when it was there. A file that has its name is whole. */
async function fetchImage(project: CustomVisionProject, image: ProjectImage, path: string): Promise<boolean> {
  if (await isFile(path)) return true;
  await writeFile(`${path}.part`, await project.image(image));
  await rename(`${path}.part`, path);
  return false;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/** The labels of a project's tags by their ids: slashes become dashes. Throws when a tag cannot be a label, or two tags become one. */
export function labelsOf(tags: readonly Tag[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const { id, name } of tags) {
    const { success, data: label, error } = labelSchema.safeParse(name.replaceAll(/[/\\]/g, '-'));
    if (!success)
      throw new Error(`The tag "${name}" cannot be a label: ${error.issues.map(({ message }) => message).join('; ')}.`);
    if ([...labels.values()].includes(label)) throw new Error(`Two tags would become the label "${label}".`);
    labels.set(id, label);
  }
  return labels;
}

/** The iteration that clients are answered by: of the published ones the last, else the last that was trained. */
export function servingIteration(iterations: readonly Iteration[]): Iteration | undefined {
  const trained = iterations
    .filter(({ status }) => status === 'Completed')
    .sort((a, b) => ((a.trainedAt ?? '') < (b.trainedAt ?? '') ? 1 : -1));
  return trained.find(({ publishName }) => publishName != null) ?? trained[0];
}

/** A test split of more than this share leaves too little to train on: it was rather a measurement by all of the images. */
const mostMeasured = 0.5;

/** `images` with those that `measured` names as the test split; undefined where that would be no split of them. */
export function splitByMeasured(
  images: readonly FolderImage[],
  measured: ReadonlySet<string>,
): readonly FolderImage[] | undefined {
  const share = images.filter(({ name }) => measured.has(name)).length / images.length;
  if (!(share > 0 && share <= mostMeasured)) return undefined;
  return images.map((image) => (measured.has(image.name) ? { ...image, split: 'test' } : image));
}
