// The site of the repository's Markdown pages, at the addresses that they have in the repository, so that their links among one another hold in both
// places. `docs/page.md` is `/docs/page`, and README.md the first page. A link that leads to no page fails the build.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const page = (text, name) => ({ text, link: `/docs/${name}` });

// Pages are modules of the repository's root, whose node_modules have no Vue.
const vueOfTheSite = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId(source) {
    return /^vue(\/|$)/.test(source) ? this.resolve(source, fileURLToPath(import.meta.url), { skipSelf: true }) : undefined;
  },
};

export default defineConfig({
  title: 'Taxon',
  description: 'An image-classification server that you own and can retrain',
  lang: 'en',
  srcDir: '../..',
  outDir: '../../dist/site',
  cleanUrls: false,
  // What is not written for readers of the site, and copies in folders that git ignores.
  srcExclude: ['.ci/**', '**/node_modules/**', 'bench/**', 'data/**', 'dist/**', 'native/**', 'ops/**', 'src/**', 'test/**', 'models/.backbones/**'],
  rewrites: { 'README.md': 'index.md' },
  lastUpdated: false,
  // What a page shows in angle brackets or double braces is text and never a component.
  markdown: { html: true, theme: { light: 'github-light', dark: 'github-dark' } },
  vite: { plugins: [vueOfTheSite] },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      page('Quick start', 'quick-start'),
      page('API', 'api'),
      page('Configuration', 'configuration'),
    ],
    sidebar: [],
  },
});
