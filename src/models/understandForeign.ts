// Which importer reads a format whose backbone stays another framework's graph.
import type { ModelFormat } from './importFile.js';
import type { ForeignModel } from './importForeign.js';
import type { PixelOptions } from './importModel.js';
import { understandOnnx } from './importOnnx.js';

export type ForeignFormat = Extract<ModelFormat, 'onnx'>;

/** Reads a model and cuts it; its parts are written into folders of `scratch`. Throws AppError invalid_model. */
export const understandForeign = (path: string, _format: ForeignFormat, scratch: string, options: PixelOptions = {}): Promise<ForeignModel> => understandOnnx(path, scratch, options);
