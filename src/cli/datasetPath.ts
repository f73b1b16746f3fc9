// Where the API has datasets.
export const datasetsPath = '/v1/admin/datasets';

export const datasetPathOf = (name: string): string => `${datasetsPath}/${encodeURIComponent(name)}`;
