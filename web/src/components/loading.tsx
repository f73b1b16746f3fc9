import { strings } from '../strings/index.js';

export const Loading = () => (
  <p class="loading" role="status">
    <span class="spinner" aria-hidden="true" />
    {strings.shell.loading}
  </p>
);
