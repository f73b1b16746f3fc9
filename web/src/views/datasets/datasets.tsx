// Datasets: the list of them, and one that is open.
import { DatasetList } from './datasetList.js';
import { DatasetView } from './datasetView.js';
import './datasets.css';

export default function Datasets({ rest }: { rest: readonly string[] }) {
  const [name, ...where] = rest;
  return name === undefined ? <DatasetList /> : <DatasetView key={name} name={name} where={where} />;
}
