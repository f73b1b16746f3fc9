// What a backbone is called where another program serves it, and what its tensors are called there: what `taxon export` writes and the remote
// engine asks for.

/** uint8, [images, height, width, 3]. */
export const inputName = 'pixels';

/** The version directory that is written, the only one. */
export const servedVersion = '1';

export type ServedOutput = 'embedding' | 'featureMap';

/** `id`: of the backbone. Sixteen digits of it, so that another backbone has another name. */
export const servedName = (id: string, output: ServedOutput): string =>
  `taxon-${id.slice(0, 16)}${output === 'featureMap' ? '-feature-map' : ''}`;
