// Versions: classifiers, their versions, what each mixes up, and which of them answers.
// #/versions, …/{classifier}, …/{classifier}/{version}, …/{classifier}/{version}/cell/{label}/{predicted},
// …/{classifier}/{version}/on/{dataset}/{split}, …/{classifier}/compare/{version}/{version}.
import { strings } from '../../strings/index.js';
import { ClassifierList } from './classifierList.js';
import { ClassifierPage } from './classifierPage.js';
import { ComparePage } from './compare/comparePage.js';
import { VersionPage } from './versionPage.js';
import './versions.css';

export default function Versions({ rest: [name, second, ...more] }: { rest: readonly string[] }) {
  if (name === undefined) return <ClassifierList />;
  if (second === undefined) return <ClassifierPage key={name} name={name} />;
  if (second === 'compare') return <ComparePage key={name} name={name} a={Number(more[0])} b={Number(more[1])} />;
  const version = Number(second);
  if (!Number.isInteger(version)) return <p>{strings.shell.notFound}</p>;
  return <VersionPage key={`${name}/${second}`} name={name} version={version} rest={more} />;
}
