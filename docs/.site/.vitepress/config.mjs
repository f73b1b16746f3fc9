// The site of the repository's Markdown pages, at the addresses that they have in the repository, so that their links among one another hold in both
// places. `docs/page.md` is `/docs/page`, and README.md the first page. A link that leads to no page fails the build.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const page = (text, name) => ({ text, link: `/docs/${name}` });
const group = (text, items) => ({ text, collapsed: false, items });

const sidebar = [
  group('Begin', [
    { text: 'Taxon', link: '/' },
    page('Quick start', 'quick-start'),
    page('Concepts', 'concepts'),
    page('The page', 'page'),
    page('Image sets from the web', 'collect'),
    page('Retraining guide', 'retraining-guide'),
    page('All about retraining', 'retraining'),
    page('Safe rollout', 'rollout'),
    page('Trains itself again', 'auto-retrain'),
    page('Images of requests', 'capture'),
    page('Drift', 'drift'),
    page('Versions of a dataset', 'dataset-versions'),
    page('Teach in one call', 'teach'),
    page('Several labels an image', 'multi-label'),
    page('Images of none of the classes', 'unknown'),
    page('Why an answer', 'why'),
  ]),
  group('Call it', [
    page('API guide', 'api'),
    { text: 'TypeScript client', link: '/clients/typescript/README' },
    { text: 'Python client', link: '/clients/python/README' },
    page('Errors', 'errors'),
    page('Images', 'images'),
    page('Sending a request again', 'idempotency'),
    page('Webhooks', 'webhooks'),
    page('Open Inference Protocol', 'open-inference'),
    page('SageMaker, Vertex AI', 'clouds'),
  ]),
  group('Command line', [page('Every command', 'cli'), page('doctor, bench, completion, package', 'cli-doctor')]),
  group('Move over', [
    page('From the Flask tutorial', 'from-flask'),
    page('From Azure Custom Vision', 'custom-vision'),
    page('From Teachable Machine', 'from-teachable-machine'),
    page('From TorchServe', 'from-torchserve'),
    page('Models in and out', 'import'),
  ]),
  group('Operate', [
    page('Configuration', 'configuration'),
    page('Backup, restore, upgrade', 'operations'),
    page('Monitoring', 'monitoring'),
    page('TLS, proxies, limits, keys', 'reverse-proxy'),
    page('Replicas', 'replicas'),
    page('Storage', 'storage'),
    page('Kubernetes', 'kubernetes'),
    page('Helm values', 'helm-values'),
    page('Overload', 'overload'),
    page('Durability', 'durability'),
    page('Security', 'security'),
  ]),
  group('Faster', [
    page('Performance', 'performance'),
    page('int8 and bf16', 'quantization'),
    page('OpenVINO', 'openvino'),
    page('GPUs', 'gpu'),
  ]),
  group('Change it', [
    page('Architecture', 'architecture'),
    page('Recipes', 'recipes'),
    { text: 'Contributing', link: '/CONTRIBUTING' },
    { text: 'Changelog', link: '/CHANGELOG' },
  ]),
];

// Pages are modules of the repository's root, whose node_modules have no Vue, and another version of what its compiler needs.
const vueOfTheSite = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId(source) {
    return /^(vue|entities)(\/|$)/.test(source)
      ? this.resolve(source, fileURLToPath(import.meta.url), { skipSelf: true })
      : undefined;
  },
};

export default defineConfig({
  title: 'Taxon',
  description: 'An image-classification server that you own and can retrain',
  lang: 'en',
  srcDir: '../..',
  outDir: '../../dist/site',
  // Folders without pages for readers.
  srcExclude: ['.ci', 'bench', 'data', 'dist', 'native', 'ops', 'scripts', 'src', 'test', 'web'].map(
    (name) => `${name}/**`,
  ),
  rewrites: { 'README.md': 'index.md' },
  // Of the reader's own server.
  ignoreDeadLinks: 'localhostLinks',
  vite: { plugins: [vueOfTheSite], ssr: { noExternal: ['entities'] } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    sidebar,
    docFooter: { prev: false, next: false },
  },
});
