// Which installed backbone a training builds on: a head is only as good as the features under it.
import type { Logger } from 'pino';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { StoredVersion } from '../serving/loadedVersions.js';
import type { RetrainRequest } from './request.js';

/** ImageNet's number of classes: a network that distinguishes so many has features for most images. */
const manyClasses = 1000;

/** Whether pull or import brought the backbone; a head alone brought its own when no full version here has it. */
function isBrought(
  { manifest: { layout, labels, provenance, backbone } }: StoredVersion,
  all: readonly StoredVersion[],
): boolean {
  if (layout === 'full') return labels.length >= manyClasses || 'importedFrom' in provenance;
  return !all.some(({ manifest }) => manifest.layout === 'full' && manifest.backbone.id === backbone.id);
}

const better = (a: StoredVersion, b: StoredVersion): number =>
  b.manifest.labels.length - a.manifest.labels.length ||
  b.manifest.backbone.embeddingSize - a.manifest.backbone.embeddingSize ||
  (a.manifest.name < b.manifest.name ? -1 : 1);

/** The best version that pull or import brought: most classes, then the widest embedding, then by name. Undefined when there is none. */
function bestBrought(registry: Pick<ClassifierRegistry, 'list'>): StoredVersion | undefined {
  const all = registry.list().flatMap(({ versions }) => versions);
  return all.filter((version) => isBrought(version, all)).sort(better)[0];
}

/**
 * The version that lends its backbone: that of the classifier named by `backbone`; else of the classifier itself when it exists;
 * else the best that pull or import brought; else of the default classifier.
 * Throws AppError unknown_model when `backbone` names none, not_ready when there is no classifier at all.
 */
export function chooseBackbone(
  registry: Pick<ClassifierRegistry, 'list' | 'version' | 'defaultName'>,
  { model, backbone }: Pick<RetrainRequest, 'model' | 'backbone'>,
): StoredVersion {
  const exists = registry.list().some(({ name }) => name === model);
  const named = backbone ?? (exists ? model : undefined);
  if (named !== undefined) return registry.version(named);
  return bestBrought(registry) ?? registry.version(registry.defaultName());
}

/** Says at start that new classifiers can have a better backbone, when there is only the one that Taxon comes with. */
export function adviseBetterBackbone(registry: ClassifierRegistry, logger: Pick<Logger, 'info'>): void {
  if (registry.list().length === 0 || bestBrought(registry) !== undefined) return;
  const { name, version } = registry.version(registry.defaultName()).manifest;
  logger.info(
    `New classifiers are trained on the features of ${name}/${version}, learnt from sixteen thousand images, because no others are installed: ` +
      'run `npx taxon pull inception-v3` and restart for those learnt from the 1.2 million of ImageNet, which make far better classifiers.',
  );
}
