// A version written for other programs, in int8 only where it has been shown to lose nothing by that.
import { loadedIdOf } from '../engines/engine.js';
import { invalidModel } from '../formats/invalidModel.js';
import { findActivationRanges } from '../models/backboneRanges.js';
import { resolveBackbone } from '../models/backbones.js';
import { exportVersion, type ExportFormat } from '../models/exportModel.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { listVersions, type Version } from '../models/versions.js';
import { describeCheck, isGoodEnough, precisionChecksOf } from './precisionChecks.js';

/** The gate of the precisions, whichever engine the version was checked on: both round the same weights and ranges in the same way. */
async function checkInt8(dirs: ModelsDirs, { manifest }: Version): Promise<void> {
  const { name, version, backbone } = manifest;
  const { directory } = await resolveBackbone(dirs, backbone.id, (await listVersions(dirs)).versions);
  const ranges = await findActivationRanges(dirs, backbone.id, directory);
  const reduced = ranges && { precision: 'int8' as const, ranges };
  const checks = precisionChecksOf(manifest).filter(
    (check) => check.precision === 'int8' && reduced && check.backbone === loadedIdOf({ id: backbone.id, reduced }),
  );
  if (checks.some(isGoodEnough)) return;
  const figures = checks.map((check) => describeCheck(check)).join('; ');
  const reason = figures === '' ? 'it was never compared with fp32' : `${figures}, which is too little`;
  throw invalidModel(
    `${name} version ${version} is not exported in int8: ${reason}; export it as tflite-float16${figures === '' ? `, or run taxon quantize ${name} --images FOLDER first` : ''}`,
  );
}

/** As exportVersion; throws AppError invalid_model also where a version would be exported in int8 that has not passed the gate of precisions. */
export async function exportChecked(
  dirs: ModelsDirs,
  version: Version,
  format: ExportFormat,
  out: string,
): Promise<void> {
  if (format === 'tflite-int8') await checkInt8(dirs, version);
  await exportVersion(dirs, version, format, out);
}
