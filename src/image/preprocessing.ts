// How the pixels of an image are prepared for a network: part of every manifest, obeyed by decoding and by the compiled graphs.
import { z } from 'zod';

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** How an image becomes the backbone's input. The same values drive serving and training. */
export const preprocessingSchema = z.object({
  height: z.int().min(16).max(1024),
  width: z.int().min(16).max(1024),
  /** stretch: both sides to size; centre-crop: short side to size / cropFraction, then the middle; letterbox: long side to size, black bars. */
  resize: z.enum(['stretch', 'centre-crop', 'letterbox']),
  cropFraction: z.number().gt(0).max(1).default(1),
  kernel: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']),
  channels: z.enum(['rgb', 'bgr']).default('rgb'),
  /** Network input = pixel (0..255, in `channels` order) × scale + offset, by channel; the ONNX compiler folds it into the graph. */
  scale: triple,
  offset: triple,
});
export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** The Inception convention of Keras applications: x / 127.5 - 1, whole image stretched to 299 × 299. */
export const inceptionPreprocessing: Preprocessing = {
  height: 299,
  width: 299,
  resize: 'stretch',
  cropFraction: 1,
  kernel: 'cubic',
  channels: 'rgb',
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};
